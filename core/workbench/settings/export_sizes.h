// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/model.h"
#include "core/quantize/recipe/recipe.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitloom {

/// What an export writes of a slot.
struct WrittenSlot {
    int64_t bytes = 0;
    std::string scheme; ///< of the numbers in the file; empty: it is not written
};

/// The sizes of the file that an export would write.
struct WrittenSizes {
    int64_t fileBytes = 0;
    std::vector<WrittenSlot> slots; ///< by slot; the rest of the file is metadata and padding
};

/// Empty, or why a recipe cannot be written so.
std::string exportProblem(const Model& model, const Recipe& recipe, const std::string& format);
/// Exactly what Exports::exportModel writes for a recipe, from arithmetic. Error as there.
WrittenSizes writtenSizes(const Model& model, const Recipe& recipe, const std::string& format);

} // namespace bitloom
