// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/recipe/recipe.h"

#include <string>

namespace bitloom {

/// A recipe from its file, for the window and the command line alike. It is a text like any other
/// that comes from a person (readPlainText): UTF-16 or a byte order mark do no harm; Errors name
/// the file and the place of what is no UTF-8, and whatever Recipe::fromJson refuses.
Recipe readRecipeFile(const std::string& path);

} // namespace bitloom
