// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/recipe/scheme_of_bits.h"

#include <algorithm>
#include <array>

namespace bitloom {

namespace {

/// Families whose grids are finer than those of others with as many bits, the finest first; all
/// others stand in the order of the table.
constexpr std::array<std::string_view, 2> kFinerFamilies = {"q_k", "int-sym"};

auto rankOf(const Scheme& scheme)
{
    return std::ranges::find(kFinerFamilies, scheme.traits().family) - kFinerFamilies.begin();
}

bool acceptAll(const Model& model, const std::vector<int>& slots, const Scheme& scheme)
{
    return std::ranges::all_of(
        slots, [&](int slot) { return scheme.accepts(model.graph.slot(slot).columns); });
}

} // namespace

const Scheme* schemeOfBits(const Model& model, const std::vector<int>& slots, const Target& target,
                           int bits)
{
    const Scheme* best = nullptr;
    for (const Scheme* scheme : schemes()) {
        if (slots.empty() || scheme->isPlain() || scheme->bits() != bits ||
            !scheme->traits().brief || !target.holds(*scheme) || !acceptAll(model, slots, *scheme))
            continue;
        if (!best || rankOf(*scheme) < rankOf(*best))
            best = scheme;
    }
    return best;
}

} // namespace bitloom
