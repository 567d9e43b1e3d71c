// Options that several commands share, and how numbers are written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "faltung/conv_options.h"
#include "support/command_line.h"
#include "support/device.h"

namespace faltung::cli {

void add_thread_option(App& app, EngineOptions& options);   // --threads
void add_library_option(App& app, EngineOptions& options);  // --engine-library
void add_engine_option(App& app, EngineOptions& options);   // that, --engine, --device
// Both, and --without, --effort, --measure-seconds, --tuning, --workspace-limit.
void add_policy_options(App& app, EngineOptions& options);

// --device, --engine and --threads as they were given, to be said again.
std::string words_of(const EngineOptions& options);

std::optional<DType> parse_dtype(const std::string& name);                       // empty: nothing; unknown: UsageError
std::vector<double> parse_numbers(const std::string& text, const char* option);  // "1.5" or "2,1.5"
PerAxis parse_per_axis(const std::string& text, const char* option);             // "2" or "2,1,3"
Padding parse_padding(const std::string& text);                    // "1", "1,2", "1:2,0:1" (low:high) or a mode's name
void set_transforms(Numerics& numerics, const std::string& word);  // "off", "large" or "on"; else as they are
Border parse_border(const std::string& name);                      // PyTorch's or SciPy's name of it

}  // namespace faltung::cli
