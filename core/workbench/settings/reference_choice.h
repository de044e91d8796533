// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/recipe/recipe.h"

namespace bitloom {

/// What slots are compared by: four bits.
inline const SlotChoice& referenceChoice()
{
    static const SlotChoice choice = [] {
        SlotChoice fourBits;
        fourBits.scheme = "int4-g32-sym";
        fourBits.method = "nearest";
        return fourBits;
    }();
    return choice;
}

} // namespace bitloom
