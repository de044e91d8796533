// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/words.h"

#include "core/workbench/calibration.h"

#include <QLocale>

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
    return tr("%1 %").arg(QLocale().toString(percent, 'f', decimals));
}

QString Words::nats(double value)
{
    if (value != 0 && std::abs(value) < 0.0001)
        return QLocale().toString(value, 'e', 1);
    return QLocale().toString(value, 'f', 4);
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

QString Words::number(double value)
{
    return QLocale().toString(value, 'g', 4);
}

QString Words::sentence(std::string_view error)
{
    QString text = QString::fromUtf8(error).trimmed();
    if (const qsizetype end = text.indexOf("] "); text.startsWith('[') && end > 0)
        text = text.mid(1, end - 1) + ": " + text.mid(end + 2);
    if (!text.isEmpty() && !text.endsWith('.'))
        text += '.';
    return text;
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

QString Words::fromView(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString Words::fileTitle(const QString& path)
{
    QString trimmed = path;
    while (trimmed.size() > 1 && trimmed.endsWith('/'))
        trimmed.chop(1);
    return trimmed.section('/', -1);
}

} // namespace bitloom
