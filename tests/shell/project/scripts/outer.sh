#!/bin/sh
./deploy.sh "$@"
