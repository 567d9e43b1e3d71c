// What ranks tell each other before they begin: that they are about to do the same, and that none has found a fault.
#pragma once

#include <string>

#include "faltung/group.h"

namespace faltung {

// Every rank's text, by rank. All ranks call it.
std::vector<std::string> texts_of_all(Group& group, const std::string& text);

// Throws InvalidArgument, on every rank, unless all say the same. A rank that cannot go on calls tell_fault() instead.
void agree(Group& group, const std::string& text);
void tell_fault(Group& group, const std::string& fault);

}  // namespace faltung
