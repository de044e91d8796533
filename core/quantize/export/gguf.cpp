// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/files/formats/tensor_stream.h"
#include "core/quantize/export/export_plan.h"
#include "core/quantize/variant/gguf_tensors.h"

namespace bitloom {

namespace {

bool holds(const Scheme& scheme)
{
    return ggufType(scheme.id()) >= 0;
}

std::string problem(const Model& model)
{
    try {
        ggufPlan(model);
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

std::vector<std::vector<int>> fused(const Model& model)
{
    return model.gguf.storedTogether;
}

int64_t fixedBytes(const Model& model, const Target& target)
{
    const GgufPlan& plan = ggufPlan(model);
    const auto tensors = ggufTensors(Variant(TransformedModel(model), {}), plan);
    int64_t bytes = ggufBytes(plan.metadata, tensors);
    for (size_t i = 0; i < plan.tensors.size(); ++i)
        if (model.graph.slot(plan.tensors[i].slots.front()).quantizable)
            bytes -= target.padded(storedBytes(tensors[i]));
    return bytes;
}

std::string unquantizedScheme(const Model& model, int slot)
{
    return ggufUnquantizedScheme(model, model.graph.slot(slot));
}

ExportPlan planOf(const Variant& variant)
{
    const Model& model = variant.model().model();
    const GgufPlan& gguf = ggufPlan(model);
    ExportPlan plan;
    plan.tensors = ggufTensors(variant, gguf);
    for (const GgufPlan::Tensor& tensor : gguf.tensors) {
        const std::vector<ExpectedTensor> pieces = ggufPieces(variant, tensor);
        plan.expected.insert(plan.expected.end(), pieces.begin(), pieces.end());
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

} // namespace

Target ggufTarget()
{
    Target row;
    row.id = "gguf";
    row.title = "GGUF (llama.cpp)";
    row.fileTitle = "GGUF, for llama.cpp and its relatives";
    row.alignment = 32; // general.alignment
    row.holds = holds;
    row.problem = problem;
    row.fused = fused;
    row.fixedBytes = fixedBytes;
    row.unquantizedScheme = unquantizedScheme;
    row.plan = planOf;
    return row;
}

} // namespace bitloom
