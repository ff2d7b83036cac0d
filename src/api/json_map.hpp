// Everything about JSON bodies in one include: parse_json, decode<T>, encode, schema_of<T>.
#pragma once

#include "api/json_decode.hpp"
#include "api/json_encode.hpp"
#include "api/json_parse.hpp"
#include "api/json_schema.hpp"
#include "api/json_types.hpp"
