#include "storage/family.hpp"

#include <atomic>
#include <mutex>

namespace renova::storage {

namespace {

// Far above the numbers that embed_sql.py gives to plain statements.
constexpr std::uint32_t kFirstFamilyIndex = 1u << 20;
std::atomic<std::uint32_t> next_family_index{kFirstFamilyIndex};

std::string assemble_text(std::span<const FamilyPiece> pieces, FamilyFilters filters, char mark,
                          std::span<const std::string_view> names, std::vector<std::string_view>& used) {
  std::string text;
  for (const FamilyPiece& piece : pieces) {
    if (piece.filter >= 0 && (filters.bits >> piece.filter & 1u) == 0) continue;
    text += piece.text;
    if (piece.parameter < 0) continue;
    std::string_view name = names[static_cast<std::size_t>(piece.parameter)];
    auto place = std::find(used.begin(), used.end(), name);
    if (place == used.end()) place = used.insert(place, name);
    text += mark;
    text += std::to_string(place - used.begin() + 1);
  }
  return text;
}

} // namespace

std::unique_ptr<FamilyBase::Assembled> FamilyBase::assemble(const FamilyForm& form,
                                                            FamilyFilters filters) const {
  auto made = std::make_unique<Assembled>();
  made->sqlite = assemble_text(form.sqlite, filters, '?', parameters_, made->parameters);
  made->postgres = assemble_text(form.postgres, filters, '$', parameters_, made->parameters);
  std::uint32_t index = next_family_index.fetch_add(1);
  made->tenant = TenantStatement{{index, form.name, made->sqlite, made->postgres, made->parameters, true}};
  made->system = SystemStatement{{index, form.name, made->sqlite, made->postgres, made->parameters, true}};
  return made;
}

std::vector<const Statement*> FamilyBase::sample() const {
  std::vector<const Statement*> statements;
  for (std::uint32_t form = 0; form < forms_.size(); ++form) {
    std::uint32_t all = 0;
    for (const FamilyPiece& piece : forms_[form].sqlite) all |= piece.filter < 0 ? 0 : 1u << piece.filter;
    statements.push_back(&assembled(form, {0}).tenant);
    for (std::uint32_t bit = 1; bit <= all && bit != 0; bit <<= 1) {
      if ((all & bit) != 0) statements.push_back(&assembled(form, {bit}).tenant);
    }
    if (all != 0) statements.push_back(&assembled(form, {all}).tenant);
  }
  return statements;
}

const FamilyBase::Assembled& FamilyBase::assembled(std::uint32_t form, FamilyFilters filters) const {
  std::uint64_t key = std::uint64_t{form} << 32 | filters.bits;
  {
    std::shared_lock lock(mutex_);
    if (auto found = cache_.find(key); found != cache_.end()) return *found->second;
  }
  std::unique_lock lock(mutex_);
  std::unique_ptr<Assembled>& slot = cache_[key];
  if (!slot) slot = assemble(forms_[form], filters);
  return *slot;
}

} // namespace renova::storage
