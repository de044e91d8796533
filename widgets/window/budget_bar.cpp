// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/window/budget_bar.h"

#include "widgets/base/elided_combo.h"
#include "widgets/base/elided_label.h"
#include "widgets/base/icons.h"
#include "widgets/base/tabular.h"
#include "widgets/window/budget_spin.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QTimer>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitloom {

namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;

/// About as wide as what is said of a size, so that nothing moves while figures change.
QString usualResult()
{
    return BudgetBar::tr("now 16.00 bits, predicted KL ≈ 0.000000");
}

} // namespace

BudgetBar::BudgetBar(QWidget* parent)
    : QWidget(parent)
    , m_kind(new ElidedCombo(this))
    , m_equals(new QLabel(QStringLiteral("≙"), this))
    , m_at(new QLabel(tr("memory at"), this))
    , m_positions(new QSpinBox(this))
    , m_method(new ElidedCombo(this))
    , m_fit(new QPushButton(glyph(QStringLiteral("fit")), tr("Fit"), this))
    , m_result(new ElidedLabel(this))
{
    setObjectName(QStringLiteral("budgetBar"));
    setAccessibleName(tr("Budget"));
    m_bits = spin(QStringLiteral("budgetBits"), tr("Budget in bits per weight"), tr(" bits"));
    m_mebibytes = spin(QStringLiteral("budgetMebibytes"), tr("Budget as size of the file in MiB"),
                       tr(" MiB"));
    m_bits->setSingleStep(0.25);
    m_memory = spin(QStringLiteral("budgetMemory"), tr("Budget in memory of the running network"),
                    tr(" MiB"));
    m_memory->setRange(0.001, 999999);
    m_milliseconds =
        spin(QStringLiteral("budgetMilliseconds"),
             tr("Budget in time of a token on this device, by measured kernel times"), tr(" ms"));
    m_milliseconds->setRange(0.001, 9999);
    m_milliseconds->setValue(10);
    m_positions->setObjectName(QStringLiteral("budgetPositions"));
    m_positions->setAccessibleName(tr("Tokens of the text that the memory holds"));
    m_positions->setToolTip(m_positions->accessibleName());
    m_positions->setSuffix(tr(" tokens"));
    m_positions->setAlignment(Qt::AlignRight);
    fitOnReturn(m_positions);
    addKinds();
    m_method->setObjectName(QStringLiteral("budgetMethod"));
    m_method->setAccessibleName(tr("Method that Fit encodes with"));
    m_method->setToolTip(m_method->accessibleName());
    m_fit->setObjectName(QStringLiteral("budgetFit"));
    m_fit->setAccessibleName(tr("Fit the bits to the budget"));
    m_result->setObjectName(QStringLiteral("budgetResult"));
    useTabularFigures(m_result);
    // It takes what room there is: the bar must not vanish from a toolbar for its sake.
    m_result->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* label = new QLabel(tr("&Budget"), this);
    label->setBuddy(m_kind);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(4, 0, 4, 0);
    layout->addWidget(label);
    for (QWidget* part : std::initializer_list<QWidget*>{
             m_kind, m_bits, m_equals, m_mebibytes, m_memory, m_at, m_positions, m_milliseconds})
        layout->addWidget(part);
    layout->addWidget(m_method);
    layout->addWidget(m_fit);
    layout->addWidget(m_result, 1);
    connect(m_bits, &QDoubleSpinBox::valueChanged, this, &BudgetBar::bitsEdited);
    connect(m_mebibytes, &QDoubleSpinBox::valueChanged, this, &BudgetBar::mebibytesEdited);
    connect(m_fit, &QPushButton::pressed, this, [this] { m_pressRefused = m_justRefused; });
    connect(m_fit, &QPushButton::clicked, this, &BudgetBar::fitClicked);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &BudgetBar::showLimits);
    connect(m_positions, &QSpinBox::valueChanged, this, &BudgetBar::limitsChanged);
    setPositions(1, 1);
    setRange(1, 32);
    setBits(4.5);
    showLimits();
    setFitEnabled(false, tr("Open and analyse a model first."));
}

void BudgetBar::addKinds()
{
    m_kind->setObjectName(QStringLiteral("budgetKind"));
    m_kind->setAccessibleName(tr("What the budget limits"));
    m_kind->setToolTip(m_kind->accessibleName());
    m_kind->addItem(tr("Size"), int(Size));
    m_kind->addItem(tr("Memory"), int(Memory));
    m_kind->addItem(tr("Time"), int(Time));
    m_kind->addItem(tr("Size, memory"), int(Size | Memory));
    m_kind->addItem(tr("Size, time"), int(Size | Time));
}

BudgetBar::Limits BudgetBar::limits() const
{
    return Limits(m_kind->currentData().toInt());
}

void BudgetBar::setLimits(Limits limits)
{
    m_kind->setCurrentIndex(m_kind->findData(int(limits)));
}

void BudgetBar::showLimits()
{
    for (QWidget* part : std::initializer_list<QWidget*>{m_bits, m_equals, m_mebibytes})
        part->setVisible(limits().testFlag(Size));
    for (QWidget* part : std::initializer_list<QWidget*>{m_memory, m_at, m_positions})
        part->setVisible(limits().testFlag(Memory));
    m_milliseconds->setVisible(limits().testFlag(Time));
    emit limitsChanged();
}

qint64 BudgetBar::memoryBytes() const
{
    return static_cast<qint64>(std::floor(m_memory->value() * kMebibyte));
}

void BudgetBar::setMemoryBytes(qint64 bytes)
{
    m_memory->setSingleStep(std::max(0.001, double(bytes) / kMebibyte / 50));
    m_memory->setValue(std::ceil(double(bytes) / kMebibyte * 1000) / 1000); // as shown: no less
}

int BudgetBar::positions() const
{
    return m_positions->value();
}

void BudgetBar::setPositions(int now, int most)
{
    m_positions->setRange(1, most);
    m_positions->setValue(now);
}

double BudgetBar::milliseconds() const
{
    return m_milliseconds->value();
}

BudgetSpin* BudgetBar::spin(const QString& name, const QString& label, const QString& unit)
{
    auto* box = new BudgetSpin(this);
    box->setObjectName(name);
    box->setAccessibleName(label);
    box->setToolTip(label);
    box->setSuffix(unit);
    box->setDecimals(3);
    box->setAlignment(Qt::AlignRight);
    connect(box, &BudgetSpin::refused, this, [this, box](double typed) { refuse(*box, typed); });
    fitOnReturn(box);
    return box;
}

QString BudgetBar::least(const BudgetSpin& box)
{
    const double hundredths = std::ceil(box.minimum() * 100 - 1e-6) / 100;
    const bool enough = hundredths <= box.maximum() && box.minimum() >= 0.01;
    return enough ? box.locale().toString(hundredths, 'f', 2) + box.suffix()
                  : box.textFromValue(box.minimum()) + box.suffix();
}

QString BudgetBar::most(const BudgetSpin& box)
{
    const double hundredths = std::floor(box.maximum() * 100 + 1e-6) / 100;
    const bool enough = hundredths >= box.minimum() && box.maximum() >= 1;
    return enough ? box.locale().toString(hundredths, 'f', 2) + box.suffix()
                  : box.textFromValue(box.maximum()) + box.suffix();
}

void BudgetBar::refuse(const BudgetSpin& box, double typed)
{
    const QString asked = box.locale().toString(typed, 'g', 6) + box.suffix();
    const bool isSize = &box == m_bits || &box == m_mebibytes;
    QString sentence = tr("%1 are not possible: the most possible is %2.").arg(asked, most(box));
    if (typed < box.minimum())
        sentence =
            isSize && !m_leastReason.isEmpty()
                ? tr("%1 are not possible: the least possible %2 is %3.")
                      .arg(asked, m_leastReason, least(box))
                : tr("%1 are not possible: the least possible is %2.").arg(asked, least(box));
    QToolTip::showText(box.mapToGlobal(QPoint(0, box.height())), sentence);
    emit refused(sentence);
    // The key that ended the editing must not fit what was never asked for.
    m_justRefused = true;
    QTimer::singleShot(0, this, [this] { m_justRefused = false; });
}

/// Says in the tool tips what can be asked for.
void BudgetBar::showRanges()
{
    for (BudgetSpin* box : {m_bits, m_mebibytes}) {
        QString text = tr("%1, %2 to %3").arg(box->accessibleName(), least(*box), most(*box));
        if (!m_leastReason.isEmpty())
            text += tr("; no less is possible %1").arg(m_leastReason);
        box->setToolTip(text);
        box->setAccessibleDescription(text);
    }
}

void BudgetBar::fitOnReturn(QAbstractSpinBox* box)
{
    connect(box->findChild<QLineEdit*>(), &QLineEdit::returnPressed, this, &BudgetBar::requestFit);
}

void BudgetBar::addMethod(const QString& id, const QString& title, const QString& description)
{
    m_method->addItem(title, id);
    m_method->setItemData(m_method->count() - 1, description, Qt::ToolTipRole);
}

QString BudgetBar::method() const
{
    return m_method->currentData().toString();
}

void BudgetBar::setMethod(const QString& id)
{
    m_method->setCurrentIndex(m_method->findData(id));
}

double BudgetBar::toMebibytes(double bits) const
{
    return (double(m_fixedBytes) + bits * double(m_weights) / 8) / kMebibyte;
}

double BudgetBar::toBits(double mebibytes) const
{
    return (mebibytes * kMebibyte - double(m_fixedBytes)) * 8 / double(m_weights);
}

void BudgetBar::setRelation(qint64 weights, qint64 fixedBytes)
{
    m_weights = weights;
    m_fixedBytes = fixedBytes;
    m_mebibytes->setEnabled(weights > 0);
    follow();
}

void BudgetBar::setRange(double leastBits, double mostBits, const QString& leastReason)
{
    m_leastBits = leastBits;
    m_mostBits = mostBits;
    m_leastReason = leastReason;
    follow();
}

void BudgetBar::follow()
{
    const QSignalBlocker quietBits(m_bits);
    const QSignalBlocker quietMebibytes(m_mebibytes);
    const double put = m_mebibytes->value();
    const double perBit = std::pow(10.0, m_bits->decimals());
    m_bits->setRange(std::ceil(m_leastBits * perBit - 1e-6) / perBit, m_mostBits);
    const double least = toMebibytes(m_leastBits);
    const double most = toMebibytes(m_mostBits);
    // Enough places that a step of a hundredth of a bit still shows, also for tiny models.
    const double hundredth = double(m_weights) / 800 / kMebibyte;
    const int decimals = hundredth > 0 ? static_cast<int>(std::ceil(-std::log10(hundredth))) : 2;
    m_mebibytes->setDecimals(std::clamp(decimals, 1, 5));
    const double unit = std::pow(10.0, -m_mebibytes->decimals());
    m_mebibytes->setRange(std::floor(least / unit) * unit, std::ceil(most / unit) * unit);
    m_mebibytes->setSingleStep(std::max(unit, (most - least) / 100));
    m_byBytes = m_byBytes && m_weights > 0;
    m_mebibytes->setValue(m_byBytes ? put : toMebibytes(m_bits->value()));
    if (m_byBytes) // what was put stays, and the other follows
        m_bits->setValue(toBits(m_mebibytes->value()));
    showRanges();
    emit budgetChanged(mebibytes());
}

void BudgetBar::setBits(double bits)
{
    m_bits->setValue(bits);
    bitsEdited(m_bits->value());
}

double BudgetBar::bits() const
{
    return m_byBytes && m_weights > 0
               ? std::clamp(toBits(m_mebibytes->value()), m_leastBits, m_mostBits)
               : m_bits->value();
}

double BudgetBar::mebibytes() const
{
    return m_byBytes ? m_mebibytes->value() : toMebibytes(m_bits->value());
}

QString BudgetBar::sizeText() const
{
    if (!limits().testFlag(Size))
        return {};
    const BudgetSpin& box = m_byBytes ? *m_mebibytes : *m_bits;
    return box.textFromValue(box.value()) + box.suffix();
}

void BudgetBar::setMebibytes(double mebibytes)
{
    if (!limits().testFlag(Size))
        setLimits(Size);
    const QSignalBlocker quiet(m_mebibytes);
    m_mebibytes->setValue(mebibytes);
    mebibytesEdited(m_mebibytes->value()); // also where the limits kept it as it was
}

qint64 BudgetBar::bytes() const
{
    return static_cast<qint64>(std::floor(mebibytes() * kMebibyte));
}

void BudgetBar::bitsEdited(double bits)
{
    const QSignalBlocker quiet(m_mebibytes);
    m_byBytes = false;
    m_mebibytes->setValue(toMebibytes(bits));
    emit budgetChanged(mebibytes());
}

void BudgetBar::mebibytesEdited(double mebibytes)
{
    if (m_weights <= 0)
        return;
    const QSignalBlocker quiet(m_bits);
    m_byBytes = true;
    m_bits->setValue(toBits(mebibytes));
    emit budgetChanged(this->mebibytes());
}

void BudgetBar::setFitEnabled(bool enabled, const QString& why)
{
    m_fit->setEnabled(enabled);
    m_fit->setToolTip(enabled ? QString() : why);
    m_fit->setAccessibleDescription(enabled ? QString() : why);
}

void BudgetBar::readTyped()
{
    for (QAbstractSpinBox* box : findChildren<QAbstractSpinBox*>())
        box->interpretText();
}

void BudgetBar::requestFit()
{
    readTyped();
    if (!m_justRefused)
        m_fit->click();
}

void BudgetBar::fitClicked()
{
    readTyped(); // where a click takes no focus, nobody did
    if (!std::exchange(m_pressRefused, false) && !m_justRefused)
        emit fitRequested();
}

void BudgetBar::setResult(const QString& text)
{
    m_result->setText(text);
    m_result->setToolTip(text);
    giveRoomToResult();
}

QSize BudgetBar::minimumSizeHint() const
{
    const QSize least = QWidget::minimumSizeHint();
    return {least.width() - m_result->minimumWidth(), least.height()};
}

int BudgetBar::wholeWidth() const
{
    int width = minimumSizeHint().width();
    for (const QComboBox* list : {m_kind, m_method})
        width += list->sizeHint().width() - list->minimumSizeHint().width();
    return width + std::max(m_result->sizeHint().width(),
                            m_result->fontMetrics().horizontalAdvance(usualResult()));
}

void BudgetBar::giveRoomToResult()
{
    const int room = std::max(0, width() - minimumSizeHint().width());
    m_result->setMinimumWidth(std::min(room, m_result->sizeHint().width()));
}

void BudgetBar::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    giveRoomToResult();
}

} // namespace bitloom
