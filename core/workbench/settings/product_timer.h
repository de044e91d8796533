// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the workbench: how long an engine takes for one product.

#include "core/network/engine/engine.h"

#include <cstdint>
#include <string>
#include <tuple>

namespace bitloom {

/// Seconds of one token at the beginning of a text: the quickest of some, which is what it takes
/// when nothing disturbs. A first one, in which an engine may still prepare things, does not count.
double tokenSeconds(Engine& engine, const Graph& graph);

/// Times products in networks that consist of nothing else: some copies of one, each with weights
/// of its own and each waiting for the one before, less the same network without them.
class ProductTimer {
public:
    /// `id` and `description`: of the engine.
    ProductTimer(EngineFactory engines, std::string id, std::string description);
    /// The time of a product of a matrix stored by `scheme` with one vector.
    double seconds(int64_t rows, int64_t columns, const std::string& scheme) const;

private:
    using Product = std::tuple<int64_t, int64_t, std::string>;
    double measured(const Product& product) const;
    double networkSeconds(const Product& product, int copies) const;

    EngineFactory m_engines;
    std::string m_id;
    std::string m_description;
};

} // namespace bitloom
