// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/evaluation/exports.h"

#include "core/base/error.h"
#include "core/files/formats/tensor_stream.h"
#include "core/files/formats/writers.h"
#include "core/quantize/corrections/correction.h"
#include "core/quantize/export/export_plan.h"
#include "core/workbench/evaluation/verify.h"
#include "core/workbench/settings/export_sizes.h"

#include <algorithm>
#include <filesystem>
#include <map>

namespace bitloom {
namespace {

/// Shares the bytes of a tensor out to the slots that lie in it, by their weights.
void shareOut(const TensorToWrite& tensor, const std::vector<const ExpectedTensor*>& pieces,
              const Model& model, WrittenSizes& sizes)
{
    const auto slotOf = [&](const ExpectedTensor* piece) -> const Slot& {
        return model.graph.slot(piece->slot);
    };
    int64_t weights = 0;
    for (const ExpectedTensor* piece : pieces)
        weights += slotOf(piece).weights();
    for (const ExpectedTensor* piece : pieces) {
        WrittenSlot& slot = sizes.slots[static_cast<size_t>(piece->slot)];
        slot.bytes += storedBytes(tensor) * slotOf(piece).weights() / std::max<int64_t>(1, weights);
        slot.scheme = tensor.scheme;
    }
}

} // namespace

WrittenSizes writtenSizes(const Model& model, const Recipe& recipe, const std::string& format)
{
    const ExportPlan plan = targetNamed(format).plan(
        Variant(TransformedModel::shapesOf(model, recipe.transforms), recipe));
    std::map<std::string, std::vector<const ExpectedTensor*>> pieces;
    for (const ExpectedTensor& expected : plan.expected)
        if (expected.slot >= 0)
            pieces[expected.name].push_back(&expected);
    WrittenSizes sizes{plan.bytes(plan.tensors), {}};
    sizes.slots.resize(model.graph.slots.size());
    for (const TensorToWrite& tensor : plan.tensors)
        shareOut(tensor, pieces[tensor.name], model, sizes);
    return sizes;
}

std::string exportProblem(const Model& model, const Recipe& recipe, const std::string& format)
{
    if (std::string problem = recipeProblem(recipe, model); !problem.empty())
        return problem;
    if (!recipe.values.empty())
        return "The recipe quantizes " + std::to_string(recipe.values.size()) +
               " values while the network runs, which a " + format + " file cannot ask for.";
    if (targetNamed(format).holdsCorrections)
        return {};
    const auto corrected = std::ranges::find_if(
        recipe.slots, [](const auto& slot) { return slot.second.correction.has_value(); });
    if (corrected == recipe.slots.end())
        return {};
    return "The recipe corrects " + corrected->first + " by " +
           correctionTitle(*corrected->second.correction) + ", which a " + format +
           " file has no place for.";
}

ExportReport Exports::exportModel(const Recipe& recipe, const std::string& format,
                                  const OutputFile& file, Progress& progress)
{
    if (const std::string problem = exportProblem(m_calibration.model(), recipe, format);
        !problem.empty())
        throw Error("export", problem);
    requireWritable(file);
    m_calibration.opened().requireFiniteWeights("export", progress);
    const Variant exported = m_calibration.variant(recipe);
    const ExportPlan plan = targetNamed(format).plan(exported);
    ExportReport report;
    report.path = file.path;
    report.leftOut = plan.leftOut;
    ProgressSpan writing(progress, 0, 0.5);
    ProgressSpan verifying(progress, 0.5, 1);
    report.complete = plan.write(file, plan.tensors, writing, [&](const std::string& written) {
        report.tensorsVerified = verifyTensors(exported.model(), written, plan.expected, verifying);
        report.bytes = static_cast<int64_t>(std::filesystem::file_size(written));
        return report.tensorsVerified == static_cast<int64_t>(plan.expected.size());
    });
    return report;
}

} // namespace bitloom
