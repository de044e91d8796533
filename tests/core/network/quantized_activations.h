// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine.h"

#include <memory>
#include <string>
#include <utility>

namespace bitloom {

/// The original weights; one value is quantized.
class QuantizedActivations : public OriginalWeights {
public:
    QuantizedActivations(std::shared_ptr<const Model> model, int value, const std::string& scheme)
        : OriginalWeights(std::move(model))
        , m_value(value)
        , m_scheme(&activationSchemeNamed(scheme))
    {
    }
    const ActivationScheme* activationScheme(int value) const override
    {
        return value == m_value ? m_scheme : nullptr;
    }

private:
    int m_value;
    const ActivationScheme* m_scheme;
};

} // namespace bitloom
