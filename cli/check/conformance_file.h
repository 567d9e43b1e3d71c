// Runs the cases of a conformance file: results of PyTorch, or the calls it refuses, against this library.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/faltung.h"

namespace faltung::check {

struct Options {
  Device device;
  std::string engine;          // the one engine allowed; empty: any
  std::optional<DType> dtype;  // nothing: the file's own, f64 (complex cases: cf64). f32, f16, bf16: the operands are
                               // cast, the expected results rounded once; complex cases follow f64 and f32 only
  int threads = 0;
};

struct CaseResult {
  enum class Status { passed, failed, skipped };
  std::string name;  // of the case, for instance "conv2d_0017" or the call itself
  Status status = Status::passed;
  std::string detail;             // what differs, or why skipped; empty if passed
  std::string problem_text;       // of the first problem of the case: faltung verify '…' reproduces it
  int compared = 0, refused = 0;  // results of the case; refused by the one engine allowed
};

// By the file's name and content: a .safetensors file with `cases` in its metadata, a selection table (an object with
// "rows") or a list of calls (with "call" and "pytorch"). What such a file is: docs/how-to/conformance-files.md.
// A result passes only if every element is equal, bit for bit. Throws Io or InvalidArgument for a file that is none of
// these.
std::vector<CaseResult> run_conformance_file(const std::string& path, const Options& options = {});

// The same for the text of a selection table or a list of calls.
std::vector<CaseResult> run_conformance_json(std::string_view text, const Options& options = {});

}  // namespace faltung::check
