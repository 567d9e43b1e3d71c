#!/bin/sh
# Compiles and runs a program with what pkg-config says: pkg_config.sh PROGRAM [--static] COMPILER… SOURCE
# PKG_CONFIG_PATH and LD_LIBRARY_PATH name the installation, PACKAGE another package of it.
set -eu
program=$1
shift
static=
if [ "$1" = --static ]; then
  static=$1
  shift
fi
# shellcheck disable=SC2046 # words of flags
"$@" -o "$program" $(pkg-config --cflags --libs $static "${PACKAGE:-faltung}")
"$program"
