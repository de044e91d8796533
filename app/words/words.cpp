// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/words/words.h"

#include "core/base/sentence.h"
#include "core/network/model/display_name.h"
#include "core/workbench/session/calibration.h"
#include "widgets/base/figures.h"

#include <QLocale>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace bitloom {

namespace {

QString unitOf(OutputKind output)
{
    const char* unit = quantityOf(output).unit;
    return *unit == 0 ? QString() : Words::tr(unit);
}

} // namespace

QString Words::bytes(qint64 count)
{
    if (count < 1024)
        return tr("%1 bytes").arg(count);
    return QLocale().formattedDataSize(count, 2, QLocale::DataSizeIecFormat);
}

QString Words::moreBytes(qint64 difference)
{
    const QString size = bytes(std::abs(difference));
    return difference == 0 ? size : (difference > 0 ? u'+' : u'−') + size;
}

QString Words::bits(double bitsPerWeight)
{
    return QLocale().toString(bitsPerWeight, 'f', 2);
}

QString Words::count(qint64 number)
{
    return QLocale().toString(number);
}

QString Words::percent(double share)
{
    const double percent = 100 * share;
    const int decimals = percent != 0 && std::abs(percent) < 1 ? 2 : 1;
    return tr("%1 %").arg(plainFigureTo(percent, decimals));
}

QString Words::percentWithError(double share, double error)
{
    const int decimals = std::clamp(decimalsOf(100 * error, 1), 1, 3);
    return tr("%1 ± %2 %")
        .arg(plainFigureTo(100 * share, decimals), plainFigureTo(100 * error, decimals));
}

QString Words::nats(double value)
{
    return plainFigure(value);
}

QString Words::quantity(OutputKind output)
{
    return tr(quantityOf(output).name);
}

QString Words::quantityTitle(OutputKind output)
{
    const QString unit = unitOf(output);
    return unit.isEmpty() ? quantity(output) : tr("%1, %2").arg(quantity(output), unit);
}

QString Words::withUnit(OutputKind output, const QString& figure)
{
    const QString unit = unitOf(output);
    return unit.isEmpty() ? figure : tr("%1 %2").arg(figure, unit);
}

QString Words::coefficient(double value)
{
    return plainFigureTo(value, 3);
}

QString Words::number(double value)
{
    return plainFigure(value, 4);
}

QString Words::sentence(std::string_view error)
{
    return QString::fromStdString(plainSentence(error));
}

QString Words::timeLeft(qint64 seconds)
{
    if (seconds < 5)
        return tr("a few seconds left");
    if (seconds < 58)
        return tr("about %1 s left").arg((seconds + 4) / 5 * 5);
    const qint64 minutes = (seconds + 30) / 60;
    return minutes < 60 ? tr("about %1 min left").arg(minutes)
                        : tr("about %1 h %2 min left").arg(minutes / 60).arg(minutes % 60);
}

QString Words::engine(const EngineUse& used)
{
    if (used.id == "vulkan")
        return tr("Vulkan");
    return used.id == "torch" ? tr("Torch (CPU)") : QString();
}

QString Words::device(const EngineUse& used)
{
    return used.id.empty()
               ? QString()
               : tr("%1, %2 of weights")
                     .arg(QString::fromStdString(used.description), bytes(used.weightBytes));
}

QString Words::examples(const Model& model, const CalibrationSettings& text)
{
    const auto count = static_cast<qint64>(calibrationExamples(model, text).size());
    return tr("%1 %2 of %3")
        .arg(Words::count(count),
             QString::fromStdString(examplesOf(model.graph, text.context, text.lines)),
             QString::fromStdString(text.textName));
}

QString Words::scheme(const std::string& id)
{
    return id.empty() ? tr("as stored") : QString::fromStdString(id);
}

QString Words::fromView(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString Words::modelTitle(const QString& path)
{
    return path == "sample" ? path : QString::fromStdString(displayName(path.toStdString(), {}));
}

QString Words::fileTitle(const QString& path)
{
    QString trimmed = path;
    while (trimmed.size() > 1 && trimmed.endsWith('/'))
        trimmed.chop(1);
    return trimmed.section('/', -1);
}

} // namespace bitloom
