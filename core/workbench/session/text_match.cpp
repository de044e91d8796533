// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/text_match.h"

#include "core/analyze/text/labelled_text.h"
#include "core/base/error.h"
#include "core/workbench/session/sample.h"

#include <filesystem>

namespace bitloom {

namespace {

/// Null: the sample is not there.
std::string sampleFolderIfThere()
{
    try {
        return sampleFolder();
    } catch (const Error&) {
        return {};
    }
}

bool isBundled(const std::string& text)
{
    const std::string folder = sampleFolderIfThere();
    if (folder.empty())
        return false;
    for (const char* name : {"/calibration.txt", "/evaluation.txt"}) {
        std::error_code error;
        const std::string path = folder + name;
        if (std::filesystem::file_size(path, error) == text.size() && !error &&
            readTextFile(path) == text)
            return true;
    }
    return false;
}

std::string sentenceKind(const LabelledText& sentences)
{
    return std::to_string(sentences.sentences.size()) +
           (sentences.labels.empty() ? " lines, each a sentence" : " sentences with labels");
}

} // namespace

TextMatch matchText(const Model& model, const std::string& text, const std::string& name)
{
    TextMatch match;
    match.kind = std::to_string(text.size()) + " bytes of plain text";
    bool labelled = false;
    if (model.graph.readsWholeTexts()) {
        const LabelledText sentences = readLabelledText(text, model.graph.labels, name);
        match.kind = sentenceKind(sentences);
        labelled = !sentences.labels.empty();
    }
    if (isBundled(text) && !readsLikeTheSample(model))
        match.warning = name + " holds the sample's fairy tales, which say little of " + model.name;
    else if (model.graph.output == OutputKind::Class && !labelled)
        match.warning = name + " has no labels: every line is taken for a sentence, and accuracy "
                               "is not measured";
    return match;
}

std::string bundledText(const std::string& name)
{
    const std::string folder = sampleFolderIfThere();
    return folder.empty() ? folder : folder + '/' + name;
}

bool readsLikeTheSample(const Model& model)
{
    const std::string folder = sampleFolderIfThere();
    if (folder.empty() || !model.tokenizer)
        return false;
    const auto sample = openModel(folder);
    return sample->tokenizer && sample->tokenizer->data().tokens == model.tokenizer->data().tokens;
}

} // namespace bitloom
