import os
import pathlib
import sys

# Before JAX is imported: two devices, for what is spread over several.
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
