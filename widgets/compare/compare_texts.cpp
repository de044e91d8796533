// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/compare/compare_texts.h"

#include "widgets/base/flow_layout.h"
#include "widgets/base/plot_style.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSpinBox>

#include <algorithm>
#include <limits>

namespace bitloom {

namespace {

/// A control with its label before it, kept together on one line.
QWidget* labelled(const QString& text, QWidget* control, QWidget* parent)
{
    auto* pair = new QWidget(parent);
    auto* layout = new QHBoxLayout(pair);
    layout->setContentsMargins(0, 0, 6, 0);
    auto* label = new QLabel(text, pair);
    label->setBuddy(control);
    layout->addWidget(label);
    layout->addWidget(control);
    return pair;
}

template <class Spin>
void name(Spin* spin, const QString& objectName, const QString& label)
{
    spin->setObjectName(objectName);
    spin->setAccessibleName(label);
    spin->setToolTip(label);
}

} // namespace

CompareTexts::CompareTexts(QWidget* parent)
    : CompareView(parent)
{
    setObjectName(QStringLiteral("compareTexts"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(buildSampling());
    layout->addWidget(buildTexts(), 1);
    setSampling({});
}

QWidget* CompareTexts::buildSampling()
{
    auto* row = new QWidget(this);
    auto* flow = new FlowLayout(row);
    m_temperature = new QDoubleSpinBox(row);
    name(m_temperature, QStringLiteral("temperature"),
         tr("Temperature: 0 always takes the most likely token"));
    m_temperature->setRange(0, 5);
    m_temperature->setSingleStep(0.1);
    m_topK = new QSpinBox(row);
    name(m_topK, QStringLiteral("topK"), tr("Top-k: how many tokens are considered"));
    m_topK->setRange(0, 100000);
    m_topK->setSpecialValueText(tr("off"));
    m_topP = new QDoubleSpinBox(row);
    name(m_topP, QStringLiteral("topP"),
         tr("Top-p: share of probability that is considered, 1 is all"));
    m_topP->setRange(0.01, 1);
    m_topP->setSingleStep(0.05);
    m_seed = new QSpinBox(row);
    name(m_seed, QStringLiteral("seed"), tr("Seed: the same seed draws the same tokens"));
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_tokens = new QSpinBox(row);
    name(m_tokens, QStringLiteral("tokenCount"), tr("How many tokens to generate"));
    m_tokens->setRange(1, 100000);
    flow->addWidget(labelled(tr("tokens"), m_tokens, row));
    flow->addWidget(labelled(tr("temperature"), m_temperature, row));
    flow->addWidget(labelled(tr("top-k"), m_topK, row));
    flow->addWidget(labelled(tr("top-p"), m_topP, row));
    flow->addWidget(labelled(tr("seed"), m_seed, row));
    for (QSpinBox* spin : {m_topK, m_seed, m_tokens})
        connect(spin, &QSpinBox::valueChanged, this, &CompareTexts::samplingChanged);
    for (QDoubleSpinBox* spin : {m_temperature, m_topP})
        connect(spin, &QDoubleSpinBox::valueChanged, this, &CompareTexts::samplingChanged);
    return row;
}

QPlainTextEdit* CompareTexts::textView(const QString& objectName, const QString& label)
{
    auto* view = new QPlainTextEdit(this);
    view->setObjectName(objectName);
    view->setAccessibleName(label);
    view->setReadOnly(true);
    view->setPlaceholderText(tr("The text appears here."));
    view->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    view->setTabChangesFocus(true);
    return view;
}

QWidget* CompareTexts::buildTexts()
{
    auto* row = new QWidget(this);
    auto* layout = new QGridLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    m_original.view = textView(QStringLiteral("originalText"), tr("Text of the original model"));
    m_quantized.view = textView(QStringLiteral("quantizedText"), tr("Text of the quantized model"));
    auto* original = new QLabel(tr("original"), row);
    auto* quantized = new QLabel(tr("quantized"), row);
    original->setBuddy(m_original.view);
    quantized->setBuddy(m_quantized.view);
    layout->addWidget(original, 0, 0);
    layout->addWidget(quantized, 0, 1);
    layout->addWidget(m_original.view, 1, 0);
    layout->addWidget(m_quantized.view, 1, 1);
    return row;
}

SamplingSettings CompareTexts::sampling() const
{
    return {m_temperature->value(), m_topK->value(), m_topP->value(),
            static_cast<quint64>(m_seed->value()), m_tokens->value()};
}

void CompareTexts::setSampling(const SamplingSettings& settings)
{
    m_temperature->setValue(settings.temperature);
    m_topK->setValue(settings.topK);
    m_topP->setValue(settings.topP);
    m_seed->setValue(static_cast<int>(
        std::min<quint64>(settings.seed, static_cast<quint64>(m_seed->maximum()))));
    m_tokens->setValue(settings.tokens);
}

void CompareTexts::clear()
{
    for (Side* side : {&m_original, &m_quantized}) {
        side->view->clear();
        side->text.clear();
        side->starts.clear();
    }
    m_difference = -1;
    for (const Side* side : {&m_original, &m_quantized})
        mark(*side);
    emit changed();
}

void CompareTexts::appendOriginal(const QString& piece)
{
    append(m_original, piece);
}

void CompareTexts::appendQuantized(const QString& piece)
{
    append(m_quantized, piece);
}

QString CompareTexts::originalText() const
{
    return m_original.text;
}

QString CompareTexts::quantizedText() const
{
    return m_quantized.text;
}

void CompareTexts::append(Side& side, const QString& piece)
{
    if (piece.isEmpty())
        return;
    const qsizetype common = std::min(m_original.text.size(), m_quantized.text.size());
    QScrollBar* bar = side.view->verticalScrollBar();
    const bool atEnd = bar->value() == bar->maximum();
    side.starts.append(side.text.size());
    side.text += piece;
    QTextCursor end(side.view->document());
    end.movePosition(QTextCursor::End);
    end.insertText(piece);
    if (atEnd) // who scrolled back to read is left there
        bar->setValue(bar->maximum());
    if (m_difference < 0)
        findDifference(common);
}

void CompareTexts::findDifference(qsizetype from)
{
    const qsizetype common = std::min(m_original.text.size(), m_quantized.text.size());
    const auto end = m_original.text.begin() + common;
    const auto at =
        std::mismatch(m_original.text.begin() + from, end, m_quantized.text.begin() + from).first;
    if (at == end)
        return;
    m_difference = at - m_original.text.begin();
    mark(m_original);
    mark(m_quantized);
    emit changed();
}

void CompareTexts::mark(const Side& side) const
{
    if (m_difference < 0)
        return side.view->setExtraSelections({});
    const auto after = std::upper_bound(side.starts.begin(), side.starts.end(), m_difference);
    const qsizetype begin = after == side.starts.begin() ? 0 : *(after - 1);
    const qsizetype end = after == side.starts.end() ? side.text.size() : *after;
    QTextEdit::ExtraSelection token;
    QColor color = PlotStyle::of(palette()).quantized;
    token.format.setUnderlineStyle(QTextCharFormat::SingleUnderline);
    token.format.setUnderlineColor(color);
    color.setAlpha(90);
    token.format.setBackground(color);
    token.cursor = QTextCursor(side.view->document());
    token.cursor.setPosition(static_cast<int>(begin));
    token.cursor.setPosition(static_cast<int>(end), QTextCursor::KeepAnchor);
    token.cursor.setKeepPositionOnInsert(true); // later tokens are not part of it
    side.view->setExtraSelections({token});
}

QString CompareTexts::promptHint() const
{
    return tr("Prompt, continued by both models");
}

QString CompareTexts::summary(bool running) const
{
    if (m_difference >= 0)
        return tr("The texts part after %n characters.", nullptr, static_cast<int>(m_difference));
    if (running || m_original.text.isEmpty() || m_quantized.text.isEmpty())
        return {};
    return m_original.text == m_quantized.text ? tr("Both texts are the same.")
                                               : tr("One text begins with the other.");
}

} // namespace bitloom
