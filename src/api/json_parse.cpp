#include "api/json_parse.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace renova::api {
namespace {

namespace json = boost::json;

// Builds the value as Boost's own handler does, and refuses what that one lets pass.
class StrictHandler {
 public:
  static constexpr std::size_t max_object_size = kJsonValuesMax;
  static constexpr std::size_t max_array_size = kJsonValuesMax;
  static constexpr std::size_t max_key_size = 1024 * 1024;
  static constexpr std::size_t max_string_size = 64 * 1024 * 1024;

  StrictHandler() { stack_.reset(); }
  json::value release() { return stack_.release(); }
  std::string_view problem() const { return problem_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t n, json::error_code& ec) {
    stack_.push_array(n);
    return count(ec);
  }
  bool on_object_begin(json::error_code&) {
    keys_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t n, json::error_code& ec) {
    std::vector<std::string>& keys = keys_.back();
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) {
      return refuse("a member name occurs twice in one object", ec);
    }
    keys_.pop_back();
    stack_.push_object(n);
    return count(ec);
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& ec) {
    stack_.push_string(part);
    return count(ec);
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    stack_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    keys_.back().push_back(std::move(key_));
    key_.clear();
    stack_.push_key(part);
    return true;
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, json::error_code& ec) {
    stack_.push_int64(number);
    return count(ec);
  }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code& ec) {
    stack_.push_uint64(number);
    return count(ec);
  }
  bool on_double(double number, json::string_view, json::error_code& ec) {
    if (!std::isfinite(number)) return refuse("a number is too large", ec);
    stack_.push_double(number);
    return count(ec);
  }
  bool on_bool(bool value, json::error_code& ec) {
    stack_.push_bool(value);
    return count(ec);
  }
  bool on_null(json::error_code& ec) {
    stack_.push_null();
    return count(ec);
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  bool count(json::error_code& ec) {
    return ++values_ <= kJsonValuesMax || refuse("there are too many values", ec);
  }
  bool refuse(std::string_view problem, json::error_code& ec) {
    problem_ = problem;
    ec = json::make_error_code(json::error::syntax);
    return false;
  }

  json::value_stack stack_;
  std::vector<std::vector<std::string>> keys_; // the names met so far, one list for each open object
  std::string key_;
  std::size_t values_ = 0;
  std::string_view problem_;
};

} // namespace

result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = kJsonDepthMax;
  json::basic_parser<StrictHandler> parser(options);
  json::error_code ec;
  std::size_t read = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && read < text.size()) ec = json::make_error_code(json::error::extra_data);
  if (!ec && !parser.done()) ec = json::make_error_code(json::error::incomplete);
  if (ec) {
    std::string why(parser.handler().problem());
    if (why.empty()) why = ec.message();
    return Error(ErrorCode::malformed, "the body is not valid JSON: " + why);
  }
  return parser.handler().release();
}

} // namespace renova::api
