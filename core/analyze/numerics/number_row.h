// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/symmetric_operator.h"
#include "core/files/store/number_store.h"

namespace bitloom {

/// A short vector as a row that can be kept, and back.
inline NumberRows::value_type rowFrom(const Vector& vector)
{
    return {vector.begin(), vector.end()};
}
inline Vector vectorFrom(const NumberRows::value_type& row)
{
    return {row.begin(), row.end()};
}

} // namespace bitloom
