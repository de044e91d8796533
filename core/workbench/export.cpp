// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/files/writers.h"
#include "core/network/side_files.h"
#include "core/quantize/gguf_tensors.h"
#include "core/workbench/verify.h"
#include "core/workbench/workbench.h"

#include <array>
#include <filesystem>

namespace bitloom {
namespace {

/// A file on its way: what to write, how to write it, and what must come back.
struct ExportPlan {
    std::vector<TensorToWrite> tensors;
    std::vector<ExpectedTensor> expected;
    std::function<bool(const std::string&, const std::vector<TensorToWrite>&, Progress&,
                       const FileCheck&)>
        write;
};

ExportPlan planGguf(const Model& model, const Recipe& recipe)
{
    const GgufPlan gguf = ggufPlan(model);
    ExportPlan plan;
    plan.tensors = ggufTensors(model, gguf, recipe);
    for (const GgufPlan::Tensor& tensor : gguf.tensors) {
        const Slot& slot = model.graph.slots[static_cast<size_t>(tensor.slot)];
        SlotChoice choice = recipe.choice(slot.name);
        choice.scheme = ggufScheme(model, slot, choice);
        plan.expected.push_back({tensor.name, tensor.slot, choice, tensor.rowOrder});
    }
    plan.write = [metadata = gguf.metadata](const std::string& path,
                                            const std::vector<TensorToWrite>& tensors,
                                            Progress& progress, const FileCheck& check) {
        return writeGguf(path, metadata, tensors, progress, check);
    };
    return plan;
}

PackedTensor asFloats(const Model& model, int slot, const SlotChoice& choice)
{
    const PackedTensor packed = encodeSlot(model, slot, choice);
    std::span<std::byte> writable;
    PackedTensor floats =
        PackedTensor::allocate(schemeNamed("f32"), packed.rows, packed.columns, writable);
    constexpr int64_t kRows = 64;
    const size_t stride = static_cast<size_t>(packed.columns) * sizeof(float);
    for (int64_t first = 0; first < packed.rows; first += kRows) {
        const Matrix rows = packed.decodeRows(first, std::min(kRows, packed.rows - first));
        const auto bytes = std::as_bytes(std::span(rows.values));
        std::copy(bytes.begin(), bytes.end(),
                  writable.begin() +
                      static_cast<std::ptrdiff_t>(static_cast<size_t>(first) * stride));
    }
    return floats;
}

/// Plain slots stay what they are; a grid's values are exact only as floats.
std::string plainScheme(const Model& model, const Slot& slot, const SlotChoice& choice)
{
    const Scheme* scheme =
        choice.scheme.empty() ? model.tensorOf(slot).scheme : findScheme(choice.scheme);
    return scheme && scheme->isPlain() ? std::string(scheme->id()) : "f32";
}

ExportPlan planSafetensors(const Model& model, const Recipe& recipe)
{
    ExportPlan plan;
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const Slot& slot = model.graph.slots[i];
        const SlotChoice& choice = recipe.choice(slot.name);
        const std::string scheme = plainScheme(model, slot, choice);
        const auto index = static_cast<int>(i);
        auto produce = [&model, index, choice, scheme] {
            PackedTensor packed = encodeSlot(model, index, choice);
            return packed.scheme->id() == scheme ? packed : asFloats(model, index, choice);
        };
        plan.tensors.push_back(
            {slot.tensor, model.tensorOf(slot).shape, scheme, std::move(produce)});
        plan.expected.push_back({slot.tensor, index, choice, {}});
    }
    plan.write = [sideFiles = sideFilesOf(model)](const std::string& path,
                                                  const std::vector<TensorToWrite>& tensors,
                                                  Progress& progress, const FileCheck& check) {
        return writeSafetensors(path, tensors, sideFiles, progress, check);
    };
    return plan;
}

struct ExportFormat {
    std::string_view id;
    ExportPlan (*plan)(const Model&, const Recipe&);
};
constexpr auto kFormats = std::to_array<ExportFormat>({
    {"gguf", planGguf},
    {"safetensors", planSafetensors},
});

ExportPlan planFor(const Model& model, const Recipe& recipe, const std::string& format)
{
    for (const ExportFormat& row : kFormats)
        if (row.id == format)
            return row.plan(model, recipe);
    throw Error("export", "format " + format + " is unknown; known are gguf and safetensors");
}

} // namespace

ExportReport Workbench::exportModel(const Recipe& recipe, const std::string& format,
                                    const std::string& path, Progress& progress)
{
    if (const std::string problem = recipeProblem(recipe, *m_model); !problem.empty())
        throw Error("export", problem);
    const ExportPlan plan = planFor(*m_model, recipe, format);
    ExportReport report;
    report.path = path;
    ProgressSpan writing(progress, 0, 0.5);
    ProgressSpan verifying(progress, 0.5, 1);
    report.complete = plan.write(path, plan.tensors, writing, [&](const std::string& written) {
        report.tensorsVerified = verifyTensors(*m_model, written, plan.expected, verifying);
        report.bytes = static_cast<int64_t>(std::filesystem::file_size(written));
        return report.tensorsVerified == static_cast<int64_t>(plan.expected.size());
    });
    return report;
}

} // namespace bitloom
