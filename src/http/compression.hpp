// Content codings: which one a client takes, which content is worth it, and the coding itself.
#pragma once

#include "http/message.hpp"

#include <string>
#include <string_view>

namespace renova::http {

enum class Coding { identity, gzip, br };

// The best of br, gzip and none by the weights of an Accept-Encoding field; br wins a tie.
Coding choose_coding(std::string_view accept_encoding);

// "gzip", "br"; empty for identity.
std::string_view name_of(Coding coding);

// True for text, JSON, JavaScript, XML, SVG and the like.
bool is_compressible(std::string_view content_type);

// Whole-body coding. `thorough` is for what is compressed once and served often.
std::string compress(std::string_view body, Coding coding, bool thorough = false);

// Codes the body in place where that is allowed and useful: a text-like body of at least `min` bytes that is
// neither coded, partial, streamed nor marked no-transform. Sets Content-Encoding, and Vary whatever the
// choice. The ETag stays as it is: here it names the object's version (If-Match), not the bytes on the wire.
void compress_response(Response& response, Coding coding, std::size_t min);

// Adds a field name to Vary, once.
void add_vary(Headers& headers, std::string_view name);

} // namespace renova::http
