// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/files/writers.h"
#include "core/network/side_files.h"
#include "core/quantize/gguf_tensors.h"
#include "core/quantize/safetensors_tensors.h"
#include "core/workbench/caches.h"
#include "core/workbench/verify.h"

#include <array>
#include <filesystem>

namespace bitloom {
namespace {

/// A file on its way: what to write, how to write it, and what must come back.
struct ExportPlan {
    std::vector<TensorToWrite> tensors;
    std::vector<ExpectedTensor> expected;
    std::vector<std::string> leftOut;
    std::function<bool(const std::string&, const std::vector<TensorToWrite>&, Progress&,
                       const FileCheck&)>
        write;
};

ExportPlan planGguf(const EncodingSource& source, const Recipe& recipe)
{
    const Model& model = source.model;
    const GgufPlan gguf = ggufPlan(model);
    ExportPlan plan;
    plan.tensors = ggufTensors(source, gguf, recipe);
    for (const GgufPlan::Tensor& tensor : gguf.tensors) {
        const std::vector<ExpectedTensor> parts = ggufParts(model, tensor, recipe);
        plan.expected.insert(plan.expected.end(), parts.begin(), parts.end());
    }
    for (const TensorToWrite& extra : plan.tensors)
        if (extra.copied)
            plan.expected.push_back(
                {extra.name, -1, {}, {}, {}, model.checkpoint.find(extra.name)});
    plan.leftOut = gguf.leftOut;
    plan.write = [metadata = gguf.metadata](const std::string& path,
                                            const std::vector<TensorToWrite>& tensors,
                                            Progress& progress, const FileCheck& check) {
        return writeGguf(path, metadata, tensors, progress, check);
    };
    return plan;
}

ExportPlan planSafetensors(const EncodingSource& source, const Recipe& recipe)
{
    const Model& model = source.model;
    ExportPlan plan;
    SafetensorsPlan safetensors = safetensorsPlan(source, recipe);
    plan.tensors = std::move(safetensors.tensors);
    plan.expected = std::move(safetensors.expected);
    plan.write = [sideFiles = sideFilesOf(model), annotations = model.checkpoint.annotations](
                     const std::string& path, const std::vector<TensorToWrite>& tensors,
                     Progress& progress, const FileCheck& check) {
        return writeSafetensors(path, tensors, sideFiles, progress, check, annotations);
    };
    return plan;
}

struct ExportFormat {
    std::string_view id;
    ExportPlan (*plan)(const EncodingSource&, const Recipe&);
};
constexpr auto kFormats = std::to_array<ExportFormat>({
    {"gguf", planGguf},
    {"safetensors", planSafetensors},
});

ExportPlan planFor(const EncodingSource& source, const Recipe& recipe, const std::string& format)
{
    for (const ExportFormat& row : kFormats)
        if (row.id == format)
            return row.plan(source, recipe);
    throw Error("export", "format " + format + " is unknown; known are gguf and safetensors");
}

} // namespace

ExportReport Workbench::exportModel(const Recipe& recipe, const std::string& format,
                                    const std::string& path, Progress& progress)
{
    if (const std::string problem = recipeProblem(recipe, *m_model); !problem.empty())
        throw Error("export", problem);
    if (!recipe.values.empty())
        throw Error("export", "the recipe rounds " + std::to_string(recipe.values.size()) +
                                  " values while the network runs, which a " + format +
                                  " file cannot ask for");
    m_caches->weights.require(*m_model, "export", progress);
    const std::shared_ptr<const InputMoments> inputs = m_caches->inputs();
    const EncodingSource source(*m_model, inputs.get());
    const ExportPlan plan = planFor(source, recipe, format);
    ExportReport report;
    report.path = path;
    report.leftOut = plan.leftOut;
    ProgressSpan writing(progress, 0, 0.5);
    ProgressSpan verifying(progress, 0.5, 1);
    report.complete = plan.write(path, plan.tensors, writing, [&](const std::string& written) {
        report.tensorsVerified = verifyTensors(source, written, plan.expected, verifying);
        report.bytes = static_cast<int64_t>(std::filesystem::file_size(written));
        return report.tensorsVerified == static_cast<int64_t>(plan.expected.size());
    });
    return report;
}

} // namespace bitloom
