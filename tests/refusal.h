// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QString>

namespace bitloom {

/// The sentence of the Error that `action` ends with; empty when it ends well.
template <class Action>
QString refusal(const Action& action)
{
    try {
        action();
    } catch (const Error& error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

} // namespace bitloom
