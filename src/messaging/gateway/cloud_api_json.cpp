#include "messaging/gateway/cloud_api_json.hpp"

#include "base/text.hpp"

namespace renova::messaging::cloud_api {
namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxDetail = 300;  // code points of a vendor's words
constexpr std::size_t kMaskedDigits = 8; // a run of this many digits may be a phone number

} // namespace

const boost::json::value* member(const boost::json::value* value, std::string_view name) {
  if (value == nullptr || !value->is_object()) return nullptr;
  return value->get_object().if_contains(boost::json::string_view(name.data(), name.size()));
}

const boost::json::array& elements(const boost::json::value* value) {
  static const boost::json::array none;
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

const boost::json::value* first(const boost::json::value* value) {
  const auto& all = elements(value);
  return all.empty() ? nullptr : &all.front();
}

std::string text_of(const boost::json::value* value) {
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

std::optional<int> code_of(const boost::json::value* error) {
  const auto* code = member(error, "code");
  if (code == nullptr || !code->is_int64()) return std::nullopt;
  auto number = code->get_int64();
  if (number < 0 || number > 100'000'000) return std::nullopt;
  return static_cast<int>(number);
}

std::string mask_digits(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    if (end - at >= kMaskedDigits) {
      out += "…";
      out += text.substr(end - 4, 4);
    } else {
      out += text.substr(at, end - at);
    }
    if (end < text.size()) out += text[end++];
    at = end;
  }
  return out;
}

domain::VendorNote note_of(const boost::json::value* error) {
  domain::VendorNote note;
  if (auto code = code_of(error)) note.code = std::to_string(*code);
  std::string words = text_of(member(member(error, "error_data"), "details"));
  if (words.empty()) words = text_of(member(error, "message"));
  if (words.empty()) words = text_of(member(error, "title"));
  note.detail = mask_digits(prefix(strip_control(words), kMaxDetail));
  return note;
}

result<boost::json::value> parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::error_code ec;
  auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), ec, {}, options);
  if (ec) return Error(ErrorCode::malformed, "the body is not JSON");
  return value;
}

std::string json_text(const boost::json::value& value) { return boost::json::serialize(value); }

} // namespace renova::messaging::cloud_api
