#!/bin/sh
. ./scripts/lib.sh
teardown "$1"
