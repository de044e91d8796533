// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/corrections/correction.h"

#include "core/base/error.h"
#include "core/network/graph/operations.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

// Each row stands in a file of its own.
Correction lorc();
Correction weightedLorc();

const std::vector<Correction>& corrections()
{
    static const std::vector<Correction> rows = {lorc(), weightedLorc()};
    return rows;
}

const Correction* findCorrection(std::string_view id)
{
    const auto found = std::ranges::find(corrections(), id, &Correction::id);
    return found == corrections().end() ? nullptr : &*found;
}

const Correction& correctionNamed(std::string_view id)
{
    if (const Correction* row = findCorrection(id))
        return *row;
    throw Error("recipe",
                "there is no correction \"" + std::string(id) + "\"; known are " + correctionIds());
}

std::string correctionIds()
{
    std::string known;
    for (const Correction& row : corrections())
        known += (known.empty() ? "" : ", ") + std::string(row.id);
    return known;
}

CorrectionStep parseCorrection(const std::string& text)
{
    const Correction& row = correctionNamed(text.substr(0, text.find(':')));
    return completeCorrection(parseRowChoice(
        text, row.parameters.empty() ? std::string_view() : row.parameters.front().name));
}

CorrectionStep completeCorrection(CorrectionStep step)
{
    const Correction& row = correctionNamed(step.id);
    for (const auto& [name, number] : step.parameters) {
        const Parameter* parameter = findParameter(row.parameters, name);
        if (!parameter)
            throw Error("recipe", std::string(row.title) + " has no parameter \"" + name + "\"");
        requireInRange(row.title, name, *parameter, number);
    }
    for (const Parameter& parameter : row.parameters)
        step.parameters.try_emplace(std::string(parameter.name), parameter.standard);
    return step;
}

std::string correctionTitle(const CorrectionStep& step)
{
    const Correction& row = correctionNamed(step.id);
    std::string text(row.title);
    for (const Parameter& parameter : row.parameters)
        text += " " + std::to_string(std::lround(
                          step.number(std::string(parameter.name), parameter.standard)));
    return text;
}

int64_t correctionBytes(const std::optional<CorrectionStep>& step, int64_t rows, int64_t columns)
{
    return step ? correctionNamed(step->id).shape(rows, columns, *step).bytes(rows, columns) : 0;
}

bool keepsCorrection(std::string_view scheme)
{
    return !scheme.empty() && !schemeNamed(scheme).isPlain();
}

std::string correctionProblem(const Graph& graph, int slot)
{
    const std::string& name = graph.slot(slot).name;
    if (!graph.slot(slot).quantizable)
        return name + " cannot be quantized, so that there is nothing to correct.";
    if (graph.slot(slot).uses.empty())
        return name + " is read by nothing, so that its error cannot be corrected.";
    for (const Program& program : graph.programs)
        if (const Step* step = notMultiplying(program, slot))
            return name + " is not only multiplied with what a step reads (" +
                   std::string(step->operation) + "), so that it cannot be corrected.";
    return {};
}

} // namespace bitloom
