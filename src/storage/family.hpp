// A query with a closed list of forms (sorts, directions, optional filters), each its own static SQL text, so
// that each can use its own index. Declared in queries/*.sql with `-- family:`; tools/embed_sql.py explains
// the file format.
#pragma once

#include "storage/statement.hpp"

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace renova::storage {

// A set of a family's optional fragments.
struct FamilyFilters {
  std::uint32_t bits = 0;
  friend constexpr FamilyFilters operator|(FamilyFilters a, FamilyFilters b) { return {a.bits | b.bits}; }
  constexpr FamilyFilters& operator|=(FamilyFilters other) {
    bits |= other.bits;
    return *this;
  }
  constexpr bool has(FamilyFilters other) const { return (bits & other.bits) == other.bits; }
  friend bool operator==(FamilyFilters, FamilyFilters) = default;
};

// A text, and the parameter that follows it (a place in the family's list, or -1). Left out unless its filter
// (a bit number, or -1 for always) was picked.
struct FamilyPiece {
  int filter;
  std::string_view text;
  int parameter;
};

// One combination of the axes' values.
struct FamilyForm {
  std::string_view name; // "clients_page:name_asc"
  std::span<const FamilyPiece> sqlite;
  std::span<const FamilyPiece> postgres;
};

// Assembles forms from static pieces, each once; the statements live as long as the family. Thread-safe.
class FamilyBase {
 public:
  FamilyBase(std::span<const std::string_view> parameters, std::span<const FamilyForm> forms)
      : parameters_(parameters), forms_(forms) {}
  FamilyBase(const FamilyBase&) = delete;
  FamilyBase& operator=(const FamilyBase&) = delete;

  // Every form without filters, with each filter alone, and with all: for tests of the texts.
  std::vector<const Statement*> sample() const;

 protected:
  struct Assembled {
    std::string sqlite;
    std::string postgres;
    std::vector<std::string_view> parameters;
    TenantStatement tenant;
    SystemStatement system;
  };
  const Assembled& assembled(std::uint32_t form, FamilyFilters filters) const;

 private:
  std::unique_ptr<Assembled> assemble(const FamilyForm& form, FamilyFilters filters) const;

  std::span<const std::string_view> parameters_;
  std::span<const FamilyForm> forms_;
  mutable std::shared_mutex mutex_;
  mutable std::unordered_map<std::uint64_t, std::unique_ptr<Assembled>> cache_;
};

template <class AnyStatement>
class StatementFamily : public FamilyBase {
 public:
  using FamilyBase::FamilyBase;

 protected:
  const AnyStatement& form(std::uint32_t number, FamilyFilters filters) const {
    if constexpr (std::is_same_v<AnyStatement, TenantStatement>) {
      return assembled(number, filters).tenant;
    } else {
      return assembled(number, filters).system;
    }
  }
};

} // namespace renova::storage
