// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/transforms/transformed_factors.h"

namespace bitloom {

namespace {

constexpr size_t kMostBytes = size_t{1} << 28; ///< and one more factor's, as InputMoments

size_t bytesOf(const InverseFactor& factor)
{
    return factor.values.size() * sizeof(double);
}

Matrix divided(MatrixView moment, std::span<const float> divisors)
{
    Matrix result(moment.rows, moment.columns);
    for (int64_t r = 0; r < moment.rows; ++r)
        for (int64_t c = 0; c < moment.columns; ++c)
            result.row(r)[static_cast<size_t>(c)] = moment.data[r * moment.columns + c] /
                                                    divisors[static_cast<size_t>(r)] /
                                                    divisors[static_cast<size_t>(c)];
    return result;
}

} // namespace

std::shared_ptr<const InverseFactor> TransformedFactors::factor(const SecondMoment& moment,
                                                                std::span<const float> divisors,
                                                                ColumnOrder order, double damping)
{
    const std::scoped_lock lock(m_mutex); // others wait for it rather than computing it too
    for (const Cached& one : m_cached)
        if (one.moment == &moment && one.order == order && one.damping == damping)
            return one.factor;
    auto made = std::make_shared<const InverseFactor>(
        inverseFactor(divided(moment.view(), divisors).view(), order, damping));
    m_cached.push_back({&moment, order, damping, made});
    m_bytes += bytesOf(*made);
    for (; m_bytes > kMostBytes && m_cached.size() > 1; m_cached.pop_front())
        m_bytes -= bytesOf(*m_cached.front().factor);
    return made;
}

} // namespace bitloom
