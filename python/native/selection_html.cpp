// A selection as notebooks show it.
#include <fmt/format.h>

#include "selections.h"

namespace faltung::python {
namespace {

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    if (c == '<')
      html += "&lt;";
    else if (c == '>')
      html += "&gt;";
    else if (c == '&')
      html += "&amp;";
    else
      html += c;
  }
  return html;
}

std::string milliseconds(const std::optional<double>& seconds) {
  return seconds ? fmt::format("{:.4f}", *seconds * 1e3) : "";
}

std::string row(const Candidate& c, bool won) {
  const std::string name = c.variant.empty() ? c.engine : c.engine + ":" + c.variant;
  const std::string remark = won && c.note.empty() ? "chosen" : c.accepted ? c.note : c.reason;
  return fmt::format("<tr{}><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                     won ? " style=\"font-weight:bold\"" : "", escaped(name), milliseconds(c.estimated_seconds),
                     milliseconds(c.measured_seconds), c.workspace_bytes ? fmt::format("{}", *c.workspace_bytes) : "",
                     escaped(remark));
}

}  // namespace

std::string html_of(const Selection& selection) {
  std::string html = fmt::format(
      "<p><code>{}</code></p><table><tr><th>engine</th><th>estimated ms</th><th>measured ms</th>"
      "<th>workspace B</th><th>why</th></tr>",
      escaped(print(selection.problem)));
  for (std::size_t i = 0; i < selection.candidates.size(); ++i)
    html += row(selection.candidates[i], selection.winner == i);
  html += "</table>";
  return selection.warning.empty() ? html : html + fmt::format("<p>warning: {}</p>", escaped(selection.warning));
}

}  // namespace faltung::python
