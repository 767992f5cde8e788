def draw_samples(folder, path):
    pass
