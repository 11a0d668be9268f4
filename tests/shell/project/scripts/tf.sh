#!/bin/sh
exec terraform "$@"
