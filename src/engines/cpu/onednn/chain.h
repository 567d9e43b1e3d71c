// What a run does on a team of one size: reorders, the operation, a reorder of the result. Any thread may run it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engines/cpu/onednn/convolution.h"
#include "engines/cpu/onednn/objects.h"
#include "faltung/compile.h"

namespace faltung::cpu_onednn {

// A memory that the steps read or write, and where it lies in a run.
struct Place {
  enum class Where : std::uint8_t { x, w, y, bias, scales, x_zero, y_zero, prepared_or_workspace, workspace };
  Where where;
  MemoryDesc desc;
  std::size_t offset = 0;  // in the workspace

  std::size_t bytes() const { return dnnl().memory_desc_get_size(desc.get()); }
  void* address(const Operands& operands, Workspace workspace) const noexcept;
};

struct Step {
  struct Use {
    Argument name;
    std::size_t place;
  };
  Primitive primitive;
  std::vector<Use> uses;  // at most most_uses
  bool prepares = false;  // left out if weights are prepared
};
inline constexpr std::size_t most_uses = 8;

class Chain {
 public:
  // Weights lie as `like` has them, if it is given.
  Chain(const ConvProblem& problem, Formats formats, int team, const Chain* like = nullptr);

  int team() const noexcept { return team_; }
  const std::string& implementation() const noexcept { return implementation_; }
  const std::string& reordered() const noexcept { return reordered_; }  // "x w y", "" if nothing is
  std::size_t workspace_bytes() const noexcept { return workspace_bytes_; }
  // Of the weights that a run reads instead of w; 0 if it reads w as it lies.
  std::size_t prepared_bytes() const { return weights_ ? places_[*weights_].bytes() : 0; }

  void run(const Operands& operands, Workspace workspace) const;
  void prepare(const void* w, std::byte* prepared) const;

 private:
  MemoryDesc weights_like(const ConvProblem& problem, const Chain* other) const;
  std::size_t add(Place::Where where, MemoryDesc desc);
  // The operand itself, or its copy and the step that fills or empties it.
  std::size_t use_operand(const ConvProblem& problem, Role role, const MemoryDescObject* wanted);
  void use_quantization(const ConvProblem& problem, Step& step);
  Step reorder(std::size_t from, std::size_t to) const;
  Objects make_objects() const;
  void execute(const Step& step, const Objects& objects, const Operands& operands, Workspace workspace) const;

  int team_;
  std::string implementation_, reordered_;
  std::vector<Place> places_;
  std::vector<Step> steps_;
  std::optional<Step> last_;
  std::optional<std::size_t> weights_;  // the place of reordered ones
  std::size_t workspace_bytes_ = 0;
  ObjectPool pool_;
};

}  // namespace faltung::cpu_onednn
