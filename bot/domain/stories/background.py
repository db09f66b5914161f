"""What all news shares: the mean of these sentences' vectors is taken away from every article's.

Written for this, over many subjects and in the three languages of the interface; none is about a real event.
"""

SENTENCES = tuple(
    line.strip()
    for line in """
    The prime minister said the government would present a new budget to parliament next week.
    Two people were killed and several injured when a bus left a mountain road, police said.
    The central bank kept its main interest rate unchanged and said inflation was slowing.
    Rescue workers searched for survivors after heavy rain flooded villages in the north.
    The company reported a rise in quarterly profit and said it would hire more engineers.
    A court sentenced the former mayor to four years in prison for accepting bribes.
    Negotiators from both countries resumed talks on a ceasefire in the neutral capital.
    The national team won the match after extra time and goes on to the final.
    Scientists said the new vaccine protected most of those who took part in the study.
    Thousands of people marched through the city to protest against higher fuel prices.
    The foreign minister condemned the attack and called the ambassador to the ministry.
    A spokesman for the army said that soldiers had shot down a drone near the border.
    The airline cancelled dozens of flights because of a strike by ground staff.
    Voters go to the polls on Sunday to elect a new president and a new assembly.
    Firefighters brought a blaze at a chemical plant under control late in the evening.
    The film won the main prize at the festival, and its director thanked the crew.
    Oil prices fell as traders expected producers to raise output in the coming months.
    The European Union imposed new sanctions on officials and on three shipping companies.
    The police arrested a man on suspicion of having stolen data from a hospital.
    A strong earthquake shook the coast in the morning; there were no reports of damage.
    The health ministry reported new cases of the disease and opened two more clinics.
    Shares in the technology group dropped after it delayed its new telephone.
    The museum returned a statue that had been taken from a temple a century ago.
    The opposition asked the constitutional court to declare the election invalid.
    The United Nations said that hundreds of thousands of people needed food and shelter.
    The two navies held a joint exercise with ships and aircraft in disputed waters.
    Parliament passed a law that limits how social networks may use the data of children.
    The singer postponed her concerts and said that she needed to rest her voice.
    Farmers blocked roads with tractors and demanded better prices for milk and grain.
    The rocket brought four satellites into orbit, the space agency announced.
    Workers found a bomb from the war on a building site, and a whole quarter was cleared.
    The trade deficit grew in the second quarter as exports to Asia declined.
    总理表示，政府将于下周向议会提交新的预算案。
    警方说，一辆大客车在山路上翻车，造成两人死亡，多人受伤。
    央行维持基准利率不变，并称通货膨胀正在放缓。
    连日暴雨引发洪水，救援人员在北部村庄搜寻幸存者。
    该公司公布季度利润增长，并计划招聘更多工程师。
    法院以受贿罪判处前市长有期徒刑四年。
    两国谈判代表在第三国首都就停火问题恢复会谈。
    国家队在加时赛后取胜，晋级决赛。
    研究人员说，新疫苗对大多数受试者有效。
    数千人上街游行，抗议燃料价格上涨。
    外交部长谴责袭击事件，并召见了大使。
    军方发言人说，士兵在边境附近击落一架无人机。
    因地勤人员罢工，航空公司取消了数十个航班。
    选民将于周日投票选举新总统和新议会。
    交易商预计产油国将增产，油价下跌。
    联合国说，数十万人需要食品和住所。
    قال رئيس الوزراء إن الحكومة ستقدم مشروع الميزانية الجديدة إلى البرلمان الأسبوع المقبل.
    قتل شخصان وأصيب آخرون بعد انحراف حافلة عن طريق جبلي، بحسب الشرطة.
    أبقى البنك المركزي سعر الفائدة دون تغيير وقال إن التضخم يتباطأ.
    يبحث رجال الإنقاذ عن ناجين بعد أن أغرقت الأمطار الغزيرة قرى في الشمال.
    أعلنت الشركة ارتفاع أرباحها الفصلية وقالت إنها ستوظف مزيدا من المهندسين.
    حكمت المحكمة على رئيس البلدية السابق بالسجن أربع سنوات بتهمة الرشوة.
    استأنف المفاوضون من البلدين محادثات وقف إطلاق النار في عاصمة محايدة.
    فاز المنتخب الوطني بعد الوقت الإضافي وتأهل إلى المباراة النهائية.
    قال العلماء إن اللقاح الجديد حمى معظم المشاركين في الدراسة.
    تظاهر آلاف الأشخاص في المدينة احتجاجا على ارتفاع أسعار الوقود.
    أدان وزير الخارجية الهجوم واستدعى السفير إلى الوزارة.
    قال متحدث باسم الجيش إن الجنود أسقطوا طائرة مسيرة قرب الحدود.
    يتوجه الناخبون يوم الأحد إلى صناديق الاقتراع لانتخاب رئيس وبرلمان جديدين.
    انخفضت أسعار النفط مع توقع زيادة الإنتاج في الأشهر المقبلة.
    فرض الاتحاد الأوروبي عقوبات جديدة على مسؤولين وعلى ثلاث شركات شحن.
    قالت الأمم المتحدة إن مئات الآلاف من الناس بحاجة إلى الغذاء والمأوى.
    """.splitlines()
    if line.strip()
)
