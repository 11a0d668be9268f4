# Taken out with the clusters that were only tests.
