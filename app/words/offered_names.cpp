// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/words/offered_names.h"

#include "core/files/io/output_file.h"
#include "core/quantize/transforms/transform.h"
#include "core/quantize/variant/size.h"

#include <QFileInfo>
#include <QRegularExpression>

#include <algorithm>

namespace bitloom {

namespace {

/// What a recipe takes, without asking what the file around the weights takes.
double recipeBitsPerWeight(const Model& model, const Recipe& recipe)
{
    int64_t bytes = 0;
    int64_t weights = 0;
    const std::vector<int> transformed = transformedSlots(model.graph, recipe.transforms);
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const Slot& slot = model.graph.slots[i];
        if (!slot.quantizable)
            continue;
        const SlotChoice& choice = recipe.choice(slot.name);
        bytes +=
            slotBytes(model, slot, schemeUnder(transformed, static_cast<int>(i), choice.scheme),
                      choice.correction);
        weights += slot.weights();
    }
    return 8.0 * static_cast<double>(bytes) / static_cast<double>(std::max<int64_t>(1, weights));
}

/// Without folder, the ending of a file of weights, and the bits of an earlier offer.
QString plainName(const QString& name)
{
    static const QRegularExpression offered(R"(-\d+\.\d\dbpw(-\d+)?$)");
    QString plain = name.section('/', -1);
    for (const char* ending : {".gguf", ".safetensors"})
        if (plain.endsWith(ending, Qt::CaseInsensitive))
            plain.truncate(plain.lastIndexOf('.'));
    return plain.remove(offered);
}

} // namespace

QString offeredStem(const Model& model, const Recipe& recipe)
{
    // Not in the locale: a decimal comma in a file's name helps nobody.
    return plainName(QString::fromStdString(model.name)) + '-' +
           QString::number(recipeBitsPerWeight(model, recipe), 'f', 2) + "bpw";
}

QString freeFile(const QString& folder, const QString& name)
{
    const QFileInfo file(name);
    const QString ending = file.suffix().isEmpty() ? QString() : '.' + file.suffix();
    const QString stem = folder + '/' + file.completeBaseName();
    return QString::fromStdString(freeName(stem.toStdString(), ending.toStdString()));
}

} // namespace bitloom
