// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/quantize/recipe/recipe.h"

#include <algorithm>

namespace bitloom {

// Each row stands in a file of its own.
Target ggufTarget();
Target safetensorsTarget();

namespace {

/// What recipes and command lines called the safetensors row before it had the format's name.
constexpr std::string_view kOldSafetensors = "any";

} // namespace

const std::vector<Target>& targets()
{
    static const std::vector<Target> rows = {ggufTarget(), safetensorsTarget()};
    return rows;
}

const Target& targetNamed(std::string_view id)
{
    const std::string_view wanted = id == kOldSafetensors ? "safetensors" : id;
    std::string known;
    for (const Target& target : targets()) {
        if (target.id == wanted)
            return target;
        known += (known.empty() ? "" : " ") + target.id;
    }
    throw Error("recipe", "there is no target \"" + std::string(id) + "\"; known are " + known);
}

const Target& defaultTarget(const Model& model)
{
    const auto found = std::find_if(targets().begin(), targets().end(), [&](const Target& target) {
        return target.problem(model).empty();
    });
    return found == targets().end() ? targets().back() : *found;
}

} // namespace bitloom
