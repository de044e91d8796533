// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/files/tensor_stream.h"
#include "core/files/writers.h"
#include "core/network/side_files.h"
#include "core/quantize/gguf_tensors.h"
#include "core/quantize/safetensors_tensors.h"
#include "core/workbench/caches.h"
#include "core/workbench/export_sizes.h"
#include "core/workbench/verify.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

namespace bitloom {
namespace {

/// A file on its way: what to write, how to write it, and what must come back.
struct ExportPlan {
    std::vector<TensorToWrite> tensors;
    std::vector<ExpectedTensor> expected;
    std::vector<std::string> leftOut;
    std::function<bool(const OutputFile&, const std::vector<TensorToWrite>&, Progress&,
                       const FileCheck&)>
        write;
    std::function<int64_t(const std::vector<TensorToWrite>&)> bytes; ///< of the file
};

ExportPlan planGguf(const Variant& variant)
{
    const Model& model = variant.model().model();
    const GgufPlan& gguf = ggufPlan(model);
    ExportPlan plan;
    plan.tensors = ggufTensors(variant, gguf);
    for (const GgufPlan::Tensor& tensor : gguf.tensors) {
        const std::vector<ExpectedTensor> parts = ggufParts(variant, tensor);
        plan.expected.insert(plan.expected.end(), parts.begin(), parts.end());
    }
    for (const TensorToWrite& extra : plan.tensors)
        if (extra.copied)
            plan.expected.push_back(
                {extra.name, -1, {}, {}, {}, model.checkpoint.find(extra.name)});
    plan.leftOut = gguf.leftOut;
    plan.write = [metadata = gguf.metadata](const OutputFile& file,
                                            const std::vector<TensorToWrite>& tensors,
                                            Progress& progress, const FileCheck& check) {
        return writeGguf(file, metadata, tensors, progress, check);
    };
    plan.bytes = [metadata = gguf.metadata](const std::vector<TensorToWrite>& tensors) {
        return ggufBytes(metadata, tensors);
    };
    return plan;
}

ExportPlan planSafetensors(const Variant& variant)
{
    const Model& model = variant.model().model();
    ExportPlan plan;
    SafetensorsPlan safetensors = safetensorsPlan(variant);
    plan.tensors = std::move(safetensors.tensors);
    plan.expected = std::move(safetensors.expected);
    plan.write = [sideFiles = sideFilesOf(model), annotations = model.checkpoint.annotations](
                     const OutputFile& file, const std::vector<TensorToWrite>& tensors,
                     Progress& progress, const FileCheck& check) {
        return writeSafetensors(file, tensors, sideFiles, progress, check, annotations);
    };
    plan.bytes = [sideFiles = sideFilesOf(model), annotations = model.checkpoint.annotations](
                     const std::vector<TensorToWrite>& tensors) {
        return safetensorsBytes(tensors, sideFiles, annotations);
    };
    return plan;
}

struct ExportFormat {
    std::string_view id;
    ExportPlan (*plan)(const Variant&);
};
constexpr auto kFormats = std::to_array<ExportFormat>({
    {"gguf", planGguf},
    {"safetensors", planSafetensors},
});

ExportPlan planFor(const Variant& variant, const std::string& format)
{
    for (const ExportFormat& row : kFormats)
        if (row.id == format)
            return row.plan(variant);
    throw Error("export", "format " + format + " is unknown; known are gguf and safetensors");
}

/// Shares the bytes of a tensor out to the slots that lie in it, by their weights.
void shareOut(const TensorToWrite& tensor, const std::vector<const ExpectedTensor*>& parts,
              const Model& model, WrittenSizes& sizes)
{
    const auto slotOf = [&](const ExpectedTensor* part) -> const Slot& {
        return model.graph.slot(part->slot);
    };
    int64_t weights = 0;
    for (const ExpectedTensor* part : parts)
        weights += slotOf(part).weights();
    for (const ExpectedTensor* part : parts) {
        WrittenSlot& slot = sizes.slots[static_cast<size_t>(part->slot)];
        slot.bytes += storedBytes(tensor) * slotOf(part).weights() / std::max<int64_t>(1, weights);
        slot.scheme = tensor.scheme;
    }
}

} // namespace

WrittenSizes writtenSizes(const Model& model, const Recipe& recipe, const std::string& format)
{
    const ExportPlan plan = planFor(Variant(TransformedModel(model), recipe), format);
    std::map<std::string, std::vector<const ExpectedTensor*>> parts;
    for (const ExpectedTensor& expected : plan.expected)
        if (expected.slot >= 0)
            parts[expected.name].push_back(&expected);
    WrittenSizes sizes{plan.bytes(plan.tensors), {}};
    sizes.slots.resize(model.graph.slots.size());
    for (const TensorToWrite& tensor : plan.tensors)
        shareOut(tensor, parts[tensor.name], model, sizes);
    return sizes;
}

ExportReport Workbench::exportModel(const Recipe& recipe, const std::string& format,
                                    const OutputFile& file, Progress& progress)
{
    if (const std::string problem = recipeProblem(recipe, *m_model); !problem.empty())
        throw Error("export", problem);
    if (!recipe.values.empty())
        throw Error("export", "the recipe rounds " + std::to_string(recipe.values.size()) +
                                  " values while the network runs, which a " + format +
                                  " file cannot ask for");
    requireWritable(file);
    m_caches->weights.require(*m_model, "export", progress);
    const Variant exported = variant(recipe);
    const ExportPlan plan = planFor(exported, format);
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
