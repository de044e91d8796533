// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/compare_pane.h"

#include "widgets/flow_layout.h"
#include "widgets/icons.h"
#include "widgets/plot_style.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
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

ComparePane::ComparePane(QWidget* parent)
    : QWidget(parent)
    , m_numbers(new QLabel(this))
    , m_engine(new QLabel(this))
    , m_state(new QLabel(this))
{
    setObjectName(QStringLiteral("comparePane"));
    setAccessibleName(tr("Original and quantized side by side"));
    m_numbers->setObjectName(QStringLiteral("compareNumbers"));
    m_engine->setObjectName(QStringLiteral("compareEngine"));
    m_state->setObjectName(QStringLiteral("compareState"));
    for (QLabel* label : {m_numbers, m_engine, m_state}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 4);
    layout->setSpacing(4);
    layout->addWidget(buildPromptRow());
    layout->addWidget(buildSampling());
    layout->addWidget(m_numbers);
    layout->addWidget(buildTexts(), 1);
    layout->addWidget(m_state);
    layout->addWidget(m_engine);
    setNumbers({});
    setEngine({});
    setSampling({});
    setRunning(false);
}

QWidget* ComparePane::buildPromptRow()
{
    auto* row = new QWidget(this);
    m_prompt = new QLineEdit(row);
    m_prompt->setObjectName(QStringLiteral("prompt"));
    m_prompt->setAccessibleName(tr("Prompt"));
    m_prompt->setPlaceholderText(tr("Prompt, continued by both models"));
    m_run = new QPushButton(row);
    m_run->setObjectName(QStringLiteral("compareRun"));
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_prompt, 1);
    layout->addWidget(m_run);
    const auto trigger = [this] {
        if (m_running)
            emit stopRequested();
        else if (m_enabled)
            emit runRequested();
    };
    connect(m_run, &QPushButton::clicked, this, trigger);
    connect(m_prompt, &QLineEdit::returnPressed, this, [this] {
        if (!m_running && m_enabled)
            emit runRequested();
    });
    return row;
}

QWidget* ComparePane::buildSampling()
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
        connect(spin, &QSpinBox::valueChanged, this, &ComparePane::samplingChanged);
    for (QDoubleSpinBox* spin : {m_temperature, m_topP})
        connect(spin, &QDoubleSpinBox::valueChanged, this, &ComparePane::samplingChanged);
    return row;
}

QPlainTextEdit* ComparePane::textView(const QString& objectName, const QString& label)
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

QWidget* ComparePane::buildTexts()
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

QString ComparePane::prompt() const
{
    return m_prompt->text();
}

void ComparePane::setPrompt(const QString& text)
{
    m_prompt->setText(text);
}

SamplingSettings ComparePane::sampling() const
{
    return {m_temperature->value(), m_topK->value(), m_topP->value(),
            static_cast<quint64>(m_seed->value()), m_tokens->value()};
}

void ComparePane::setSampling(const SamplingSettings& settings)
{
    m_temperature->setValue(settings.temperature);
    m_topK->setValue(settings.topK);
    m_topP->setValue(settings.topP);
    m_seed->setValue(static_cast<int>(
        std::min<quint64>(settings.seed, static_cast<quint64>(m_seed->maximum()))));
    m_tokens->setValue(settings.tokens);
}

void ComparePane::setRunning(bool running)
{
    m_running = running;
    m_run->setText(running ? tr("Stop") : tr("Run"));
    m_run->setAccessibleName(running ? tr("Stop generating") : tr("Generate both texts"));
    m_run->setIcon(glyph(running ? QStringLiteral("stop") : QStringLiteral("run")));
    m_run->setEnabled(running || m_enabled);
    showState();
}

void ComparePane::setRunEnabled(bool enabled, const QString& why)
{
    m_enabled = enabled;
    m_run->setToolTip(enabled ? QString() : why);
    m_run->setAccessibleDescription(enabled ? QString() : why);
    m_run->setEnabled(m_running || enabled);
}

void ComparePane::clearTexts()
{
    for (Side* side : {&m_original, &m_quantized}) {
        side->view->clear();
        side->text.clear();
        side->starts.clear();
    }
    m_difference = -1;
    for (const Side* side : {&m_original, &m_quantized})
        mark(*side);
    showState();
}

void ComparePane::appendOriginal(const QString& piece)
{
    append(m_original, piece);
}

void ComparePane::appendQuantized(const QString& piece)
{
    append(m_quantized, piece);
}

QString ComparePane::originalText() const
{
    return m_original.text;
}

QString ComparePane::quantizedText() const
{
    return m_quantized.text;
}

void ComparePane::append(Side& side, const QString& piece)
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

void ComparePane::findDifference(qsizetype from)
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
    showState();
}

void ComparePane::mark(const Side& side) const
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

void ComparePane::showState()
{
    QString text;
    const bool both = !m_original.text.isEmpty() && !m_quantized.text.isEmpty();
    if (m_difference >= 0)
        text = tr("The texts part after %n characters.", nullptr, static_cast<int>(m_difference));
    else if (both && !m_running)
        text = m_original.text == m_quantized.text ? tr("Both texts are the same.")
                                                   : tr("One text begins with the other.");
    m_state->setText(text);
    m_state->setVisible(!text.isEmpty());
}

void ComparePane::setNumbers(const QString& text)
{
    m_numbers->setText(text);
    m_numbers->setVisible(!text.isEmpty());
}

void ComparePane::setEngine(const QString& text)
{
    m_engine->setText(text.isEmpty() ? QString() : tr("Engine: %1").arg(text));
    m_engine->setVisible(!text.isEmpty());
}

} // namespace bitloom
