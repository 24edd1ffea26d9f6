def record(*a): return 1
