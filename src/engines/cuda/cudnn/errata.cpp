#include "engines/cuda/cudnn/errata.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include "base/never_destroyed.h"
#include "engines/cuda/cudnn/convolution.h"
#include "problem/names.h"

namespace faltung::cuda_cudnn {
namespace {

constexpr std::string_view built_in = R"(
f16 bf16 ncdhw : 9.8-9.14 : * : cuDNN 9.8 to 9.14 is wrong in contiguous 16-bit conv3d
dgrad uneven : 9.19- : 50 : takes the padding before the input for that behind it too
wgrad f16 bf16 : 9.0- : 17,k25=1 : rounds partial sums to 16 bits (seen with 9.19)
wgrad f16 bf16 : 9.0- : 47,k0>1 : rounds partial sums to 16 bits (seen with 9.19, where the reduction is split)
fwd f16 : 9.0- : 47 : gives 0 where the sum is -infinity (seen with 9.19)
fwd f16 bias none : 9.0- : 32 : gives 0 where the sum is -infinity (seen with 9.19)
fwd f16 bf16 tanh : 9.0- : 0 : gives 0 or NaN for large numbers (seen with 9.19)
fwd f16 tanh : 9.0- : 8 : gives NaN for finite numbers (seen with 9.19)
fwd f16 bf16 relu relu6 : 9.0- : 39 : makes NaN zero (seen with 9.19)
fwd f16 bf16 : 9.0- : 39,k25=2 : rounds partial sums to 16 bits (seen with 9.19 and bf16)
fwd f32 bias : 9.0- : 26 : adds 2^-10 to every sum (seen with 9.19 and 1 x 1 taps)
fwd f32 bias : 9.0- : 29 : adds 2^-10 to every sum (seen with 9.19 and 1 x 1 taps)
fwd dgrad grouped unaligned : 9.0- : 22 : writes behind the last channel (seen with 9.19, 12 channels, 3 groups)
dgrad grouped unaligned : 9.0- : 40 : writes behind the last channel (seen with 9.19, 12 channels, 3 groups)
dgrad grouped unaligned : 9.0- : 46 : writes behind the last channel (seen with 9.19, 12 channels, 3 groups)
dgrad grouped unaligned : 9.0- : 56 : writes behind the last channel (seen with 9.19, 12 channels, 3 groups)
wgrad grouped unaligned : 9.0- : 9 : writes behind the last channel (seen with 9.19, 12 channels, 3 groups)
wgrad grouped unaligned : 9.0- : 23 : writes behind the last channel (seen with 9.19, 12 channels, 3 groups)
fwd f32 grouped : 9.0- : 67 : reads what lies behind the last group's channels (seen with 9.19 and 4 of them)
dgrad f32 grouped : 9.0- : 71 : reads what lies behind the last group's channels (seen with 9.19 and 4 of them)
wgrad f16 : 9.0- : 61 : rounds partial sums to 16 bits (seen with 9.19 and as many groups as channels)
wgrad uneven : 9.19- : 17 : is off by up to a third where small whole numbers are added (seen with 5 x 5 taps)
)";

constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();
constexpr std::array<std::string_view, 3> passes{"fwd", "dgrad", "wgrad"};
constexpr std::array<std::string_view, 4> types{"f32", "f64", "f16", "bf16"};
constexpr auto layouts = [] {
  std::array<std::string_view, contiguous_names.size() + channels_last_names.size()> words{};
  const auto rest = std::copy(contiguous_names.begin(), contiguous_names.end(), words.begin());
  std::copy(channels_last_names.begin(), channels_last_names.end(), rest);
  return words;
}();
constexpr auto activations = [] {
  std::array<std::string_view, 1 + activation_names.size()> words{"none"};
  std::transform(activation_names.begin(), activation_names.end(), words.begin() + 1,
                 [](const auto& named) { return named.first; });
  return words;
}();
constexpr std::array<std::string_view, 7> properties{"strided",   "dilated", "grouped",      "uneven",
                                                     "unaligned", "bias",    "deterministic"};

template <class Value, class Values>
bool is_one_of(const Value& value, const Values& values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string_view take_field(std::string_view& rest) {
  const std::size_t colon = std::min(rest.find(':'), rest.size());
  const std::string_view field = trimmed(rest.substr(0, colon));
  rest.remove_prefix(std::min(colon + 1, rest.size()));
  return field;
}

// Printable characters, UTF-8 included.
bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F); }

// Limits how much of a file an error quotes.
std::string_view shown(std::string_view text) { return text.substr(0, 60); }

class LineParser {
 public:
  explicit LineParser(int line) : line_(line) {}

  Erratum parse(std::string_view text) const {
    if (!std::all_of(text.begin(), text.end(), is_text)) refuse("a character that is no text");
    Erratum erratum;
    erratum.words = words(take_field(text));
    const std::string_view versions = take_field(text);
    const std::size_t dash = versions.find('-');
    erratum.first = version(versions.substr(0, dash));
    erratum.last = erratum.first;
    if (dash != std::string_view::npos)
      erratum.last = dash + 1 < versions.size() ? version(versions.substr(dash + 1)) : no_end;
    if (erratum.last < erratum.first) refuse(fmt::format("no version lies in '{}'", shown(versions)));
    take_config(take_field(text), erratum);
    erratum.reason = trimmed(text);
    if (erratum.reason.empty()) refuse("no reason: a line is `problems : versions : engine : reason`");
    return erratum;
  }

 private:
  std::vector<std::string> words(std::string_view text) const {
    std::vector<std::string> found;
    std::istringstream stream{std::string(text)};
    for (std::string word; stream >> word;) {
      if (!is_one_of(word, passes) && !is_one_of(word, types) && !is_one_of(word, layouts) &&
          !is_one_of(word, activations) && !is_one_of(word, properties) && word != "*")
        refuse(fmt::format("'{}' is no pass, type, layout, activation or property", shown(word)));
      found.push_back(word);
    }
    if (found.empty()) refuse("no problems are named; * names all");
    if (found.size() > 1 && is_one_of("*", found)) refuse("* stands alone");
    std::erase(found, "*");
    return found;
  }

  // An engine, or * for any, and conditions: `17,k15=2,k0>1`.
  void take_config(std::string_view text, Erratum& erratum) const {
    std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view engine = text.substr(0, comma);
    if (engine != "*") erratum.engine = number(engine);
    while (comma < text.size()) {
      text.remove_prefix(comma + 1);
      comma = std::min(text.find(','), text.size());
      erratum.knobs.push_back(condition(text.substr(0, comma)));
    }
  }

  KnobCondition condition(std::string_view text) const {
    const std::size_t sign = text.find_first_of("=>");
    if (!text.starts_with('k') || sign == std::string_view::npos)
      refuse(fmt::format("'{}' is no condition on a knob such as k2=5 or k0>1", shown(text)));
    const Knob knob{number(text.substr(1, sign - 1)), number(text.substr(sign + 1))};
    return {.knob = knob, .above = text[sign] == '>'};
  }

  std::int64_t version(std::string_view text) const {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) refuse(fmt::format("'{}' is no version such as 9.8", shown(text)));
    return number(text.substr(0, dot)) * 1000 + number(text.substr(dot + 1));
  }

  std::int64_t number(std::string_view text) const {
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0)
      refuse(fmt::format("'{}' is no number", shown(text)));
    return value;
  }

  [[noreturn]] void refuse(const std::string& fact) const {
    throw Error(ErrorCode::InvalidArgument, fmt::format("line {} of the errata: {}", line_, fact));
  }

  int line_;
};

// The text of a file; refuses to read more than a sane errata file has.
std::string read_text(const std::string& path) {
  constexpr std::size_t most = 1 << 20;
  std::ifstream file(path, std::ios::binary);
  std::string text(most + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() && file.gcount() == 0) throw Error(ErrorCode::Io, "cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > most) throw Error(ErrorCode::Io, "has more than 1 MiB");
  return text;
}

std::vector<Erratum> read_all() {
  std::vector<Erratum> all = parse_errata(built_in);
  if (const char* path = std::getenv("FALTUNG_CUDNN_ERRATA"); path && *path)
    for (Erratum& erratum : errata_of_file(path)) all.push_back(std::move(erratum));
  return all;
}

std::string_view layout_word(const ConvProblem& p) {
  const auto at = static_cast<std::size_t>(p.geometry.rank - 1);
  return order_of(p) == MemoryFormat::channels_last ? channels_last_names[at] : contiguous_names[at];
}

bool has_unaligned_channels(const Geometry& g) {
  constexpr std::int64_t aligned = 8;
  return g.groups * g.in_channels % aligned != 0 || g.groups * g.out_channels % aligned != 0;
}

bool has(const ConvProblem& p, std::string_view property) {
  const auto any_axis = [&p](auto predicate) {
    return std::any_of(p.geometry.axes.begin(), p.geometry.axes.begin() + p.geometry.rank, predicate);
  };
  if (property == "strided") return any_axis([](const Axis& axis) { return axis.stride > 1; });
  if (property == "dilated") return any_axis([](const Axis& axis) { return axis.dilation > 1; });
  if (property == "uneven") return any_axis([](const Axis& axis) { return post_padding(axis) != axis.pad; });
  if (property == "grouped") return p.geometry.groups > 1;
  if (property == "unaligned") return has_unaligned_channels(p.geometry);
  if (property == "bias") return p.epilogue.bias;
  return p.numerics.deterministic;
}

}  // namespace

bool KnobCondition::holds(const ConfigKey& config) const {
  return std::any_of(config.knobs.begin(), config.knobs.end(), [this](const Knob& set) {
    return set.type == knob.type && (above ? set.value > knob.value : set.value == knob.value);
  });
}

bool Erratum::concerns(const ConvProblem& p, std::size_t cudnn_version) const {
  const auto version = static_cast<std::int64_t>(cudnn_version / 10000 * 1000 + cudnn_version / 100 % 100);
  if (version < first || version > last) return false;
  const auto fits = [this](const auto& kind, std::string_view own) {
    const bool named = std::any_of(words.begin(), words.end(), [&](const auto& word) { return is_one_of(word, kind); });
    return !named || is_one_of(own, words);
  };
  if (!fits(passes, name_of(p.pass)) || !fits(types, name_of(p.x.dtype)) || !fits(layouts, layout_word(p)) ||
      !fits(activations, name_of(p.epilogue.activation)))
    return false;
  return std::all_of(words.begin(), words.end(),
                     [&p](const auto& word) { return !is_one_of(word, properties) || has(p, word); });
}

bool Erratum::concerns(const ConfigKey& config) const {
  if (engine && *engine != config.engine) return false;
  return std::all_of(knobs.begin(), knobs.end(), [&](const auto& condition) { return condition.holds(config); });
}

std::vector<Erratum> parse_errata(std::string_view text) {
  std::vector<Erratum> all;
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view content = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!content.empty() && content.front() != '#') all.push_back(LineParser(line).parse(content));
  }
  return all;
}

std::vector<Erratum> errata_of_file(const std::string& path) {
  try {
    return parse_errata(read_text(path));
  } catch (const Error& error) {
    return {{.last = no_end, .reason = fmt::format("FALTUNG_CUDNN_ERRATA={}: {}", path, error.what())}};
  }
}

const std::vector<Erratum>& errata() {
  static const NeverDestroyed<std::vector<Erratum>> all(read_all());
  return *all;
}

std::string_view erratum_for(const std::vector<Erratum>& errata, const ConvProblem& problem,
                             std::size_t cudnn_version) {
  for (const Erratum& erratum : errata)
    if (erratum.concerns_every_config() && erratum.concerns(problem, cudnn_version)) return erratum.reason;
  return {};
}

std::string_view erratum_for(const std::vector<Erratum>& errata, const ConvProblem& problem, std::size_t cudnn_version,
                             const ConfigKey& config) {
  for (const Erratum& erratum : errata)
    if (!erratum.concerns_every_config() && erratum.concerns(config) && erratum.concerns(problem, cudnn_version))
      return erratum.reason;
  return {};
}

}  // namespace faltung::cuda_cudnn
