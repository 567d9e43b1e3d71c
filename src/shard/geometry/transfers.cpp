#include <algorithm>

#include "shard/geometry/division.h"

namespace faltung {
namespace {

std::array<Role, 2> roles_read(Pass pass) {
  const Role written = written_role(pass);
  return {written == Role::x ? Role::y : Role::x, written == Role::w ? Role::y : Role::w};
}

// Of several ranks with the same block each receiver asks another one.
int asked(const std::vector<int>& holders, int receiver) {
  return holders[static_cast<std::size_t>(receiver) % holders.size()];
}

bool has(const std::vector<int>& holders, int rank) {
  return std::find(holders.begin(), holders.end(), rank) != holders.end();
}

// Calls use(piece, role, needed) for what a rank reads and does not hold.
template <class Use>
void for_each_need(const Division& d, int rank, Use use) {
  const std::vector<Piece> pieces = pieces_of(d, rank);
  for (std::size_t i = 0; i < pieces.size(); ++i)
    for (const Role role : roles_read(d.problem.pass)) {
      const Box& needed = pieces[i].of(role);
      if (!is_empty(needed) && !contains(d.held(role, rank), needed)) use(i, role, needed);
    }
}

}  // namespace

std::vector<Transfer> received_by(const Division& d, int rank) {
  std::vector<Transfer> transfers;
  for_each_need(d, rank, [&](std::size_t piece, Role role, const Box& needed) {
    for (int peer = 0; peer < d.ranks; ++peer) {
      const std::vector<int> holders = holders_with(d.shardings.of(role), peer, d.ranks);
      if (has(holders, rank) || asked(holders, rank) != peer) continue;
      const Box box = common(needed, d.held(role, peer));
      if (!is_empty(box)) transfers.push_back({peer, piece, role, box});
    }
  });
  return transfers;
}

std::vector<Transfer> sent_by(const Division& d, int rank) {
  std::vector<Transfer> transfers;
  std::array<std::vector<int>, 3> holders;
  std::array<Box, 3> held;
  for (const Role role : {Role::x, Role::w, Role::y}) {
    holders[index_of(role)] = holders_with(d.shardings.of(role), rank, d.ranks);
    held[index_of(role)] = d.held(role, rank);
  }
  for (int peer = 0; peer < d.ranks; ++peer) {
    for_each_need(d, peer, [&](std::size_t piece, Role role, const Box& needed) {
      const std::vector<int>& same = holders[index_of(role)];
      if (has(same, peer) || asked(same, peer) != rank) return;
      const Box box = common(needed, held[index_of(role)]);
      if (!is_empty(box)) transfers.push_back({peer, piece, role, box});
    });
  }
  return transfers;
}

}  // namespace faltung
