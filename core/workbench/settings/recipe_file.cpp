// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/settings/recipe_file.h"

#include "core/analyze/text/plain_text.h"

namespace bitloom {

Recipe readRecipeFile(const std::string& path)
{
    return Recipe::fromJson(readPlainText(path).text);
}

} // namespace bitloom
