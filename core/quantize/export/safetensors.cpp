// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/side_files.h"
#include "core/quantize/export/export_plan.h"
#include "core/quantize/variant/safetensors_tensors.h"

namespace bitloom {

namespace {

/// Packed, though the file holds floats: what a program of one's own could store it in.
int64_t fixedBytes(const Model& model, const Target& /*target*/)
{
    int64_t bytes = 0;
    for (const Slot& slot : model.graph.slots)
        if (!slot.quantizable)
            bytes += slotBytes(model, slot, {});
    return bytes;
}

ExportPlan planOf(const Variant& variant)
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

} // namespace

Target safetensorsTarget()
{
    Target row;
    row.id = "safetensors";
    row.title = "Any scheme (fake-quantized safetensors)";
    row.fileTitle = "Safetensors with the decoded values (fake-quantized)";
    row.decodesValues = true;
    row.holds = [](const Scheme&) { return true; };
    row.problem = [](const Model&) { return std::string(); };
    row.fused = [](const Model&) { return std::vector<std::vector<int>>(); };
    row.fixedBytes = fixedBytes;
    row.unquantizedScheme = [](const Model&, int) { return std::string(); };
    row.plan = planOf;
    return row;
}

} // namespace bitloom
