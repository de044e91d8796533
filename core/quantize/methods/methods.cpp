// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/quantize/methods/method.h"
#include "core/quantize/methods/rows.h"

#include <algorithm>

namespace bitloom {

const std::vector<const Method*>& methods()
{
    static const std::vector<const Method*> rows = {
        &nearestMethod(),
        &mseMethod(),
        &gptqMethod(),
        &gptqOrderedMethod(),
    };
    return rows;
}

PackedTensor encodeMatrix(const Scheme& scheme, const Method& method, MatrixView weights,
                          const InverseFactor* inputs)
{
    std::vector<std::byte> parameters;
    if (scheme.parameterBytes(weights.columns) > 0) {
        const auto read = [weights](int64_t first, int64_t count) {
            Matrix rows(count, weights.columns);
            std::copy_n(weights.data + first * weights.columns, rows.size(), rows.values.begin());
            return rows;
        };
        parameters = method.fitParameters(
            *scheme.grid(), {weights.rows, weights.columns, read, weights.rows}, inputs);
    }
    std::span<std::byte> rows;
    PackedTensor packed =
        PackedTensor::allocate(scheme, weights.rows, weights.columns, parameters, rows);
    method.encode(scheme, weights, {parameters, inputs}, rows);
    return packed;
}

const Method* findMethod(std::string_view id)
{
    const auto& all = methods();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [id](const Method* method) { return method->id() == id; });
    return found == all.end() ? nullptr : *found;
}

const Method& methodNamed(std::string_view id)
{
    if (const Method* method = findMethod(id))
        return *method;
    std::string known;
    for (const Method* method : methods())
        known += (known.empty() ? "" : " ") + std::string(method->id());
    throw Error("quantize", "there is no method \"" + std::string(id) + "\"; known are " + known);
}

std::map<std::string, double> methodParameters(const Method& method,
                                               const std::map<std::string, double>& given)
{
    std::map<std::string, double> unusual;
    for (const auto& [name, number] : given) {
        const Parameter* parameter = findParameter(method.parameters(), name);
        if (!parameter)
            throw Error("recipe",
                        std::string(method.title()) + " has no parameter \"" + name + "\"");
        requireInRange(method.title(), name, *parameter, number);
        if (number != parameter->standard)
            unusual[name] = number;
    }
    return unusual;
}

double dampingOf(const std::map<std::string, double>& parameters)
{
    const auto found = parameters.find(kDampingName);
    return found == parameters.end() ? kDamping : found->second;
}

} // namespace bitloom
