"""tools/rank_cost agrees with what can be reckoned by hand."""
import pathlib
import subprocess
import sys
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "rank_cost"
FREE = ["--node", "8,0,1e12", "--network", "0,1e12"]


def rows(*options):
    done = subprocess.run([sys.executable, TOOL, *options], capture_output=True, text=True, check=True)
    heading, *lines = done.stdout.splitlines()
    return {int(words[0]): words for words in (line.split() for line in lines)}


class RankCost(unittest.TestCase):
    def test_links_that_cost_nothing_divide_the_time(self):
        for ranks, row in rows("--one-ms", "64", "--ranks", "1,2,8,64", *FREE).items():
            self.assertAlmostEqual(float(row[2]), 64 / ranks, places=3)

    def test_two_ranks_exchange_a_plane_on_either_side_at_most(self):
        # As of a rank amid others: two planes of 100 · 100 · 10 elements of 2 bytes at 1 GB/s, 7 µs twice and a tenth.
        row = rows("--one-ms", "1000", "--extent", "100", "--channels", "10", "--ranks", "2", "--node", "8,7,1")[2]
        self.assertAlmostEqual(float(row[3]), 0.4 + 0.0077, places=4)

    def test_a_small_problem_stops_paying_before_a_large_one(self):
        times = {extent: float(rows("--one-ms", ms, "--extent", extent)[64][5]) for extent, ms in (("256", "3"), ("64", "0.047"))}
        self.assertGreater(times["256"], 20)
        self.assertLess(times["64"], 2)

    def test_sums_of_weights_cost_extra(self):
        plain, summed = rows("--one-ms", "3"), rows("--one-ms", "3", "--weight-gradient")
        self.assertGreater(float(summed[8][2]), float(plain[8][2]))


if __name__ == "__main__":
    unittest.main()
