#!/usr/bin/env python3
print("reads the plan that terraform makes, and never applies it")
