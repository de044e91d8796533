// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/scheme.h"

namespace bitloom {

/// A scheme that converts each number by itself: f32, f16, bf16.
class PlainScheme : public Scheme {
public:
    const PlainScheme* plain() const override { return this; }

    virtual void encodePlain(std::span<const float> values, std::span<std::byte> out) const = 0;
};

} // namespace bitloom
