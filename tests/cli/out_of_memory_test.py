"""Every command when an allocation fails: code 1 and a message, or as if nothing had happened; never a crash."""
import os
import unittest

from program import Case, SOURCE, faltung

PROBLEM = "fwd f32 n1 c1 k1 i4 f3"
SAMPLES = int(os.environ.get("FALTUNG_FAILURES", "60"))  # of a call's allocations
CALLS = [("list", "--json"), ("help", "run"), ("runn",), ("bench", "--seconds", "nan"), ("problem", PROBLEM), ("info", "--json"),
         ("explain", PROBLEM, "--workspace-limit", "-1"), ("check", SOURCE / "tests" / "golden" / "bad_arguments.json")]


class OutOfMemory(Case):
    def run_with(self, call, **variables):
        return faltung(*call, environment={"LD_PRELOAD": os.environ["FAILING_MALLOC"], "FALTUNG_NUM_THREADS": "1", **variables})

    def media(self):
        """Calls that read and write each format, those of libraries that are there."""
        for kind, suffix in (("png", "png"), ("jpeg", "jpg"), ("tiff", "tif"), ("wav", "wav")):
            name = {"wav": "i24", "png": "rgba16"}.get(kind, "rgb")
            source = self.write(f"{name}.{suffix}", (SOURCE / "tests" / "fuzz" / "seeds" / kind / name).read_bytes())
            yield ("run", source, "--sigma", "1", "--engine", "reference", "-o", self.folder / f"out.{suffix}")

    def test_no_failed_allocation_is_a_crash(self):
        failures = 0
        for call in (*CALLS, *self.media()):
            whole = self.run_with(call, FAIL_COUNT="1")
            count = int(whole.stderr.splitlines()[-1])
            self.assertGreater(count, 100, call)
            for sample in range(SAMPLES):
                at = 1 + sample * count // SAMPLES
                for on in ("0", "1"):
                    done = self.run_with(call, FAIL_AT=str(at), FAIL_ON=on)
                    self.assertIn(done.returncode, (whole.returncode, 1), f"{call}, allocation {at}: {done.stderr}")
                    failures += done.returncode == 1 and "memory" in done.stderr
        self.assertGreater(failures, SAMPLES)


if __name__ == "__main__":
    unittest.main()
