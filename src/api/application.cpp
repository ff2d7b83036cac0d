#include "api/application.hpp"
