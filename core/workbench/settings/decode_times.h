// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/network/engine/engine.h"
#include "core/quantize/recipe/recipe.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

namespace bitloom {

/// A matrix-vector product: rows and columns of the matrix, and how it is stored.
using ProductShape = std::tuple<int64_t, int64_t, std::string>;

/// How long a token takes in decode, by parts, as measured on the engine that would run: the
/// products of the weights with one vector each, and all the rest.
struct DecodeTimes {
    std::string engine; ///< as Engine::description
    std::string notice; ///< empty, or why it was not the wanted one
    /// False: the engine computes with decoded weights, and no scheme is faster than another.
    bool dependsOnScheme = true;
    double rest = 0; ///< seconds of a token beside its products, whatever the recipe
    std::map<ProductShape, double> products; ///< seconds of each

    /// Seconds of the products that one token takes with a slot's weights. Error when that product
    /// was not measured.
    double ofSlot(const Model& model, int slot, const std::string& scheme) const;
    double ofToken(const Model& model, const Recipe& recipe) const;
};

/// Products that a token takes with a slot: two for weights that two steps multiply with, none for
/// a table that is looked up.
int productsWith(const Graph& graph, int slot);
ProductShape productOf(const Model& model, int slot, const std::string& scheme);

/// Measures the products, and a token of the whole network under `reference` (whose products are
/// measured too) for the rest. What was measured once of an engine on a device is not measured
/// again while the program runs. Nothing: stopped. Error when the network does not decode.
std::optional<DecodeTimes> measureDecodeTimes(const std::shared_ptr<const Model>& model,
                                              const EngineFactory& engines,
                                              const std::string& wanted, const Recipe& reference,
                                              std::set<ProductShape> products, Progress& progress);

/// Seconds of one token, at the beginning of a text: the quickest of some.
double decodeSeconds(Engine& engine, const Graph& graph);

} // namespace bitloom
