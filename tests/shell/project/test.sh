#!/bin/sh
"$HOME/.local/bin/run-tests" --all
