import torch

torch.set_num_threads(1)  # tests run beside one another, and PyTorch's threads wait by turning
