#!/usr/bin/env python3
import subprocess

subprocess.run(["terraform", "destroy", "-auto-approve"], check=True)
