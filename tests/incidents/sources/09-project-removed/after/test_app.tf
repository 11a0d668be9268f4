# The test application is not needed any more.
